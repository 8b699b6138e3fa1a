// What the server is set up with: facts to read, and where each is changed.
import { Bones, Copy, count, duration, Trouble } from "../kit";
import { useMe } from "../session/me";
import { useServer } from "./models";

export function size(bytes: number): string {
  const mib = bytes / (1 << 20);
  return mib >= 1 ? `${count(Math.round(mib * 10) / 10)} MiB` : `${count(Math.round(bytes / 1024))} KiB`;
}

export function kept(days: number | null): string {
  return days === null ? "for ever" : `for ${count(days)} ${days === 1 ? "day" : "days"}`;
}

/** A length of time that somebody chose: `5 min` and `14 days`, without noughts after it. */
export function span(seconds: number): string {
  const days = seconds / 86_400;
  return days >= 2 ? `${count(Math.round(days * 10) / 10)} days` : duration(seconds).replace(/ 0 (s|min)$/, "");
}

export function Server() {
  const me = useMe();
  const server = useServer();
  if (server.error) return <Trouble error={server.error} retry={() => void server.refetch()} />;
  if (!server.data) return <Bones lines={8} />;
  const { data: told } = server;
  const facts: [string, [string, string][]][] = [
    [
      "This server",
      [
        ["Version", told.version],
        ["Address", told.url],
        ["People sign in", told.sign_in_by.join(", ")],
        ["A sign-in ends", `when it was not used for ${span(told.sign_in_seconds)}`],
      ],
    ],
    [
      "Limits",
      [
        ["Attempts at once", `${count(told.slots)} on each worker, ${told.user_slots ? `${count(told.user_slots)} of one person` : "any number of one person"}`],
        ["A question waits", `${span(told.patience)} before the slot is given to somebody else`],
        ["Changes are verified", told.verify ? "in clean sandboxes" : "not: the server is set up without"],
        ["Requests", `${count(told.requests)} a minute for each person and key`],
        ["Wrong passwords", `${count(told.sign_ins)} a minute`],
        ["A request’s body", `${size(told.body_bytes)}, of the API ${size(told.api_bytes)}, a handed-over session ${size(told.upload_bytes)}`],
      ],
    ],
    [
      "Kept",
      [
        ["Tasks", kept(told.keep.tasks)],
        ["What tools printed", kept(told.keep.outputs)],
        ["The audit log", kept(told.keep.audit)],
        ["Responses of the API", kept(told.keep.responses)],
        ["Deliveries", kept(told.keep.deliveries)],
      ],
    ],
  ];
  return (
    <>
      {facts.map(([title, lines]) => (
        <div key={title} className="card stack">
          <h3>{title}</h3>
          <dl className="facts">
            {lines.map(([name, value]) => (
              <div key={name} className="fact">
                <dt>{name}</dt>
                <dd className="breaks">
                  {value} {name === "Address" && <Copy text={value} />}
                </dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
      {me.is_admin && (
        <p className="soft">
          These are the section <code>[server]</code> of the server’s configuration: <code>pullwright config</code> shows each with where it came from. What is older than it is kept goes once an hour.
        </p>
      )}
    </>
  );
}
