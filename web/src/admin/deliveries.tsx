// What an endpoint was told, how often that was tried, and why it did not go.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../api/client";
import { Badge, Bones, Button, say, sayTrouble, Trouble, When, type Tone } from "../kit";

const STATES: Record<string, [Tone, string]> = { done: ["good", "Delivered"], failed: ["bad", "Failed"], waiting: ["info", "Waiting"] };

export function Deliveries({ endpoint, disabled }: { endpoint: string; disabled: boolean }) {
  const client = useQueryClient();
  const [busy, setBusy] = useState("");
  const key = ["webhooks", endpoint, "deliveries"];
  const list = useQuery({
    queryKey: key,
    queryFn: () => data(api.GET("/api/v1/webhook-endpoints/{endpoint}/deliveries", { params: { path: { endpoint } } })),
    refetchInterval: 10_000,
  });
  const again = async (delivery: string) => {
    setBusy(delivery);
    try {
      await data(api.POST("/api/v1/webhook-endpoints/{endpoint}/deliveries/{delivery}/retry", { params: { path: { endpoint, delivery } } }));
      say("It is tried again", "good");
      await client.invalidateQueries({ queryKey: key });
    } catch (problem) {
      sayTrouble(problem);
    } finally {
      setBusy("");
    }
  };
  if (list.error) return <Trouble error={list.error} retry={() => void list.refetch()} />;
  if (!list.data) return <Bones lines={3} />;
  if (!list.data.length) return <p className="faint">It was told nothing yet.</p>;
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label="Deliveries">
      <table className="table">
        <thead>
          <tr>
            {["When", "Event", "State", "Tries", "Why"].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
            <th scope="col">
              <span className="sr-only">Again</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {list.data.map((one) => {
            const [tone, words] = STATES[one.state] ?? ["plain", one.state];
            return (
              <tr key={one.id}>
                <td className="nowrap">
                  <When at={one.created} />
                </td>
                <td className="mono">{one.event}</td>
                <td>
                  <Badge tone={tone}>{words}</Badge>
                </td>
                <td>{one.tries}</td>
                <td className="soft">
                  {one.why}
                  {one.state === "waiting" && one.next !== null && one.tries > 0 && ` (again at ${new Date(one.next * 1000).toLocaleTimeString()})`}
                </td>
                <td className="num">
                  <Button small disabled={disabled} busy={busy === one.id} onClick={() => void again(one.id)} aria-label={`Deliver ${one.event} again`}>
                    Retry
                  </Button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
