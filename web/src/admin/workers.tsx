// The processes that run attempts: whether they are heard of, and how much they have in hand.
import { useQuery } from "@tanstack/react-query";
import { Cpu } from "lucide-react";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { Badge, Bones, Check, Empty, Trouble, When } from "../kit";

type Worker = Schemas["WorkerView"];
/** A beat comes every few seconds; after so many it is not heard of. */
const SILENT = 30;

/** Whether a worker does what it should, in words. */
export function health({ state, heartbeat }: Pick<Worker, "state" | "heartbeat">, now: number): ["good" | "warn" | "bad" | "plain", string] {
  if (state === "gone") return ["plain", "Gone"];
  if (now - heartbeat > SILENT) return ["bad", "Not heard of"];
  return state === "draining" ? ["warn", "Draining"] : ["good", "Live"];
}

export function Workers() {
  const [gone, setGone] = useState(false);
  const list = useQuery({ queryKey: ["workers", gone], queryFn: () => data(api.GET("/api/v1/workers", { params: { query: { gone } } })), refetchInterval: 5_000 });
  const live = list.data?.filter((one) => one.state === "live") ?? [];
  const [running, slots] = [live.reduce((sum, one) => sum + one.running, 0), live.reduce((sum, one) => sum + one.slots, 0)];
  return (
    <>
      <p className="soft">
        {slots > 0 ? `${running} of ${slots} slots have an attempt in them. ` : ""}
        More: <code>--workers N</code> beside the server, or <code>pullwright worker</code> on other machines.
      </p>
      {list.error ? (
        <Trouble error={list.error} retry={() => void list.refetch()} />
      ) : !list.data ? (
        <Bones lines={3} />
      ) : !list.data.length ? (
        <Empty icon={<Cpu size={32} aria-hidden />} title="No worker runs">
          Tasks wait until one does.
        </Empty>
      ) : (
        <ul className="lines">
          {list.data.map((one) => (
            <Line key={one.id} worker={one} />
          ))}
        </ul>
      )}
      <Check label="Also those that are gone" checked={gone} onChange={(event) => setGone(event.target.checked)} />
    </>
  );
}

function Line({ worker }: { worker: Worker }) {
  const [tone, words] = health(worker, Date.now() / 1000);
  return (
    <li className="line">
      <div className="stack tight grow">
        <div className="row wrap">
          <strong className="breaks">{worker.host}</strong>
          <span className="faint">process {worker.pid}</span>
          <Badge tone={tone} dot>
            {words}
          </Badge>
        </div>
        <div className="faint breaks">
          <span className="mono">{worker.id}</span> · since <When at={worker.started} /> · heard of <When at={worker.heartbeat} />
        </div>
      </div>
      <div className="slots">
        <span>
          {worker.running} of {worker.slots} slots
        </span>
        <meter className="meter" min={0} max={worker.slots || 1} value={worker.running} aria-label={`Slots of ${worker.host}, process ${worker.pid}`}>
          {worker.running}
        </meter>
      </div>
    </li>
  );
}
