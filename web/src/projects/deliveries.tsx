// What the forge told lately by webhook, and what came of it.
import { useQuery } from "@tanstack/react-query";
import { Badge, Bones, Empty, Trouble, When, type Tone } from "../kit";
import { useMe } from "../session/me";
import { useAdministrators } from "./allowed";
import { asks, type Project } from "./asks";

const STATES: Record<string, [Tone, string]> = { new: ["info", "Waiting"], done: ["good", "Done"], ignored: ["plain", "Nothing to do"], failed: ["bad", "Failed"] };

export function Deliveries({ project }: { project: Project }) {
  const me = useMe();
  const ask = useAdministrators();
  const connection = project.connection_id ?? "";
  const deliveries = useQuery({ ...asks.deliveries(connection), enabled: me.is_admin && !!connection && project.forge !== "git" });
  if (!connection || project.forge === "git") return null;
  return (
    <section className="card stack" aria-labelledby="deliveries-title">
      <h2 id="deliveries-title">Webhook deliveries</h2>
      {!me.is_admin ? (
        <p className="soft">They belong to the connection, which administrators of the server see. Ask {ask}.</p>
      ) : deliveries.isPending ? (
        <Bones lines={3} />
      ) : deliveries.error ? (
        <Trouble error={deliveries.error} retry={() => void deliveries.refetch()} />
      ) : !deliveries.data.length ? (
        <Empty title="Nothing has come yet">Set the webhook up at the forge: its address is under Projects, Connections.</Empty>
      ) : (
        <div className="scroll-x deliveries" tabIndex={0} aria-label="Webhook deliveries">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Event</th>
                <th scope="col">State</th>
                <th scope="col">What came of it</th>
                <th scope="col">When</th>
              </tr>
            </thead>
            <tbody>
              {deliveries.data.map((one) => {
                const [tone, words] = STATES[one.state] ?? ["plain", one.state];
                return (
                  <tr key={one.id}>
                    <td className="mono">{one.event}</td>
                    <td>
                      <Badge tone={tone}>{words}</Badge>
                    </td>
                    <td dir="auto">{one.why || "–"}</td>
                    <td>
                      <When at={one.received} />
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
