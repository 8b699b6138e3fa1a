// Try it: the setup is run now in a sandbox, with what it says as it says it.
import { useQuery } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useState } from "react";
import { api, data } from "../../api/client";
import { Badge, Bone, Button, Dialog, duration, Trouble, When } from "../../kit";
import { Because } from "../allowed";
import { asks, useDo } from "../asks";
import type { Followed, Setup } from "./followed";
import { Log } from "./log";

interface Props {
  project: string;
  environment: string;
  followed: Followed;
  shown: string;
  onShow: (setup: string) => void;
  why: string;
  dirty: boolean;
  onSave: () => Promise<boolean>;
}

export function Try({ project, environment, followed, shown, onShow, why, dirty, onSave }: Props) {
  const setups = useQuery(asks.setups(project, environment));
  const [asked, setAsked] = useState(false);
  const start = useDo(() => data(api.POST("/api/v1/projects/{project}/environments/{environment}/setups", { params: { path: { project, environment } }, body: {} as never })), {
    changes: asks.setups(project, environment).queryKey,
  });
  const begin = () => start.mutate(undefined, { onSuccess: (made) => onShow(made.id) });
  const row = followed.row ?? setups.data?.find((one) => one.id === shown) ?? null;
  const running = row?.state === "running";
  return (
    <section className="card stack try" aria-labelledby="try-title">
      <div className="row spread">
        <h2 id="try-title">Try it</h2>
        <Because why={why}>
          <Button look="primary" disabled={!!why || running} busy={start.isPending} onClick={() => (dirty ? setAsked(true) : begin())}>
            <Play size={15} aria-hidden /> {running ? "Running…" : "Run setup now"}
          </Button>
        </Because>
      </div>
      <Ready project={project} environment={environment} />
      {start.error && <Trouble error={start.error} />}
      {row && shown && <Log project={project} environment={environment} row={row} followed={followed} />}
      <Runs rows={setups.data ?? []} shown={shown} onShow={onShow} />
      <Dialog open={asked} onClose={() => setAsked(false)} title="Try it with your changes?" about="What is tried is what is saved.">
        <div className="row wrap">
          <Button look="primary" onClick={() => void onSave().then((saved) => (setAsked(false), saved && begin()))}>
            Save and try
          </Button>
          <Button onClick={() => (setAsked(false), begin())}>Try what is saved</Button>
          <Button onClick={() => setAsked(false)}>Cancel</Button>
        </div>
      </Dialog>
    </section>
  );
}

/** What a task would find now. */
function Ready({ project, environment }: { project: string; environment: string }) {
  const readiness = useQuery(asks.readiness(project, environment));
  if (readiness.isPending) return <Bone width="80%" />;
  if (readiness.error) return <Trouble error={readiness.error} retry={() => void readiness.refetch()} />;
  const { layer, size, seconds, commit, notes } = readiness.data;
  const words = {
    none: "No setup script: tasks start with the repository's files alone.",
    kept: `Cached: tasks on ${commit.slice(0, 8)} start at once (${((size ?? 0) / 2 ** 20).toFixed(1)} MiB, made in ${duration(seconds ?? 0)}).`,
    "to-run": `Not cached for ${commit.slice(0, 8)}: the next task runs setup first.`,
    unknown: "Whether it is cached shows when it runs: an image is not pulled to answer.",
  }[layer];
  return (
    <div className="stack">
      <p className="row ready">
        <Badge tone={layer === "kept" ? "good" : layer === "to-run" ? "warn" : "plain"}>{layer === "kept" ? "Cached" : layer === "to-run" ? "To run" : layer === "none" ? "No setup" : "Unknown"}</Badge>
        <span className="soft">{words}</span>
      </p>
      {notes?.map((note) => (
        <p key={note} className="note" dir="auto">
          {note}
        </p>
      ))}
    </div>
  );
}

function Runs({ rows, shown, onShow }: { rows: readonly Setup[]; shown: string; onShow: (setup: string) => void }) {
  if (!rows.length) return <p className="faint">It never ran.</p>;
  return (
    <details open={rows.length > 0 && !shown}>
      <summary>
        Latest runs <span className="faint">{rows.length}</span>
      </summary>
      <ul className="runs">
        {rows.map((row) => (
          <li key={row.id}>
            <button type="button" className="kind" aria-pressed={row.id === shown} onClick={() => onShow(row.id)}>
              <RunState row={row} />
              <span className="truncate grow soft" title={row.why} dir="auto">
                {row.why || (row.finished && row.started ? duration(row.finished - row.started) : "")}
              </span>
              <span className="faint">
                <When at={row.started} />
              </span>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

export function RunState({ row }: { row: Setup }) {
  if (row.state === "running") return <Badge tone="info" live>{row.worker_id ? "Running" : "Waiting for a worker"}</Badge>;
  return row.state === "ready" ? <Badge tone="good">Ready</Badge> : <Badge tone="bad">{row.line ? `Failed at line ${row.line}` : "Failed"}</Badge>;
}
