// How the change stands at its forge, as far as it tells: asked for when one is about to merge.
import { useQuery } from "@tanstack/react-query";
import { api, data, type Schemas } from "../../api/client";
import { Badge, Trouble } from "../../kit";

export type MergeStanding = Schemas["MergeStanding"];
type Check = NonNullable<MergeStanding["checks"]>[number];

export function useStanding(task: string, head: string) {
  return useQuery({
    queryKey: ["task", task, "merge", head],
    queryFn: () => data(api.GET("/api/v1/tasks/{task}/merge", { params: { path: { task } } })),
    staleTime: 0,
    retry: false,
  });
}

/** The forge's checks in a sentence, and by name those that have not passed. */
export function Standing({ asked }: { asked: ReturnType<typeof useStanding> }) {
  if (asked.isPending) return <p className="soft">Asking the forge how it stands…</p>;
  if (asked.error) return <Trouble error={asked.error} retry={() => void asked.refetch()} />;
  const { checks = [], mergeable } = asked.data;
  const open = checks.filter((check) => check.state !== "success");
  return (
    <div className="stack" aria-label="At the forge" role="group">
      {mergeable === false && (
        <p className="trouble warn" role="note">
          It clashes with its base. Approving has the agent merge the base in, and you look again.
        </p>
      )}
      {checks.length > 0 && <p className={open.length ? "trouble warn" : "soft"}>{inWords(checks)}</p>}
      {open.length > 0 && (
        <ul className="small">
          {open.map((check) => (
            <li key={check.name} dir="auto">
              <Badge tone={check.state === "failure" ? "bad" : "info"}>{check.state === "failure" ? "failed" : "running"}</Badge> {check.url && /^https?:/.test(check.url) ? <a href={check.url} target="_blank" rel="noreferrer">{check.name}</a> : check.name}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export function inWords(checks: readonly Check[]): string {
  const failed = checks.filter((check) => check.state === "failure").length;
  const running = checks.filter((check) => check.state === "running").length;
  const all = checks.length === 1 ? "check" : `${checks.length} checks`;
  if (!failed && !running) return checks.length === 1 ? "The forge's check has passed." : `All ${all} at the forge have passed.`;
  const parts = [failed && `${failed} failed`, running && (running === 1 ? "1 still runs" : `${running} still run`)].filter(Boolean);
  return `Of the forge's ${all}, ${parts.join(" and ")}. The forge may not let it through.`;
}
