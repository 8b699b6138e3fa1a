// Tasks that the clock dispatches: when, what, in whose name.
import { useQuery } from "@tanstack/react-query";
import { CalendarClock, Copy, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { Badge, Bones, Button, Check, Dialog, Empty, Trouble, When } from "../kit";
import { Because, useAllowed } from "./allowed";
import { asks, useDo, type Project } from "./asks";
import { cronWords } from "./cron";
import { NewSchedule, nextWords } from "./new-schedule";

export type Schedule = Schemas["Schedule"];

export function Schedules({ project }: { project: Project }) {
  const { ok, why } = useAllowed(project.id, "member");
  const schedules = useQuery(asks.schedules(project.name));
  const users = useQuery(asks.users());
  const [adding, setAdding] = useState<Partial<Schedule> | null>(null);
  if (schedules.isPending) return <Bones lines={4} />;
  if (schedules.error) return <Trouble error={schedules.error} retry={() => void schedules.refetch()} />;
  const add = (
    <Because why={why}>
      <Button look="primary" disabled={!ok} onClick={() => setAdding({})}>
        New schedule
      </Button>
    </Because>
  );
  return (
    <div className="stack">
      {!schedules.data.length ? (
        <Empty icon={<CalendarClock size={32} aria-hidden />} title="Nothing is scheduled" action={add}>
          Have a task dispatched by the clock: upgrades every week, triage every morning.
        </Empty>
      ) : (
        <>
          <div>{add}</div>
          <ul className="card projects" aria-label="Schedules">
            {schedules.data.map((one) => (
              <Row key={one.id} project={project} schedule={one} by={users.data?.find((user) => user.id === one.user_id)?.name ?? ""} may={ok} why={why} onCopy={() => setAdding(one)} />
            ))}
          </ul>
        </>
      )}
      {adding && <NewSchedule project={project} from={adding} onClose={() => setAdding(null)} />}
    </div>
  );
}

interface RowProps {
  project: Project;
  schedule: Schedule;
  by: string;
  may: boolean;
  why: string;
  onCopy: () => void;
}

function Row({ project, schedule, by, may, why, onCopy }: RowProps) {
  const changes = ["project", project.name, "schedules"];
  const [asked, setAsked] = useState(false);
  const put = useDo((enabled: boolean) => data(api.PATCH("/api/v1/schedules/{schedule}", { params: { path: { schedule: schedule.id } }, body: { enabled } })), { changes });
  const remove = useDo(() => data(api.DELETE("/api/v1/schedules/{schedule}", { params: { path: { schedule: schedule.id } } })), { changes, done: `${schedule.name} is removed.` });
  const error = put.error ?? remove.error;
  return (
    <li className="projects-row schedules-row">
      <div className="projects-name">
        <strong className="truncate" dir="auto" title={schedule.name}>
          {schedule.name}
        </strong>
        <span className="soft">
          {cronWords(schedule.cron) || "By its cron line"} (UTC) <code className="faint">{schedule.cron}</code>
        </span>
        <span className="faint truncate" dir="auto" title={schedule.order.prompt}>
          {schedule.order.template && <Badge>{schedule.order.template}</Badge>} {schedule.order.prompt}
        </span>
        <span className="faint">
          {by && `As ${by}`}
          {schedule.last && (
            <>
              {" "}
              · last <When at={schedule.last} />
            </>
          )}
          {schedule.enabled && ` · next ${nextWords(schedule.next)}`}
        </span>
        {error && <Trouble error={error} />}
      </div>
      <Because why={why}>
        <Check label="On" checked={schedule.enabled} disabled={!may || put.isPending} onChange={(event) => put.mutate(event.target.checked)} aria-label={`${schedule.name} is on`} />
      </Because>
      <Button look="quiet" label={`Copy ${schedule.name} into a new one`} disabled={!may} onClick={onCopy}>
        <Copy size={16} />
      </Button>
      <Button look="quiet" label={`Remove ${schedule.name}`} disabled={!may} onClick={() => setAsked(true)}>
        <Trash2 size={16} />
      </Button>
      <Dialog open={asked} onClose={() => setAsked(false)} title={`Remove ${schedule.name}?`} about="Tasks that it dispatched stay.">
        <div className="row">
          <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate(undefined, { onSuccess: () => setAsked(false) })}>
            Remove it
          </Button>
          <Button onClick={() => setAsked(false)}>Keep it</Button>
        </div>
      </Dialog>
    </li>
  );
}
