// Sign in at a forge: with a connection that is there, or a new one.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Badge, Bones, Button, Trouble } from "../../kit";
import { asks, type Connection } from "../asks";
import { ConnectionHealth } from "../connections";
import type { Forge } from "../forge";
import { Back } from "./back";
import { NewConnection } from "./connection";
import { WebhookSecret } from "./webhook";

export function SignIn({ forge, onDone, onBack }: { forge: Exclude<Forge, "git">; onDone: (connection: Connection) => void; onBack: () => void }) {
  const connections = useQuery(asks.connections());
  const [fresh, setFresh] = useState(false);
  const [made, setMade] = useState<Connection | null>(null);
  if (made) return <Made connection={made} onDone={() => onDone(made)} />;
  if (connections.isPending) return <Bones />;
  if (connections.error) return <Trouble error={connections.error} retry={() => void connections.refetch()} />;
  const there = connections.data.filter((one) => one.forge === forge);
  if (!there.length || fresh) return <NewConnection forge={forge} taken={connections.data.map((one) => one.name)} onMade={setMade} onBack={there.length ? () => setFresh(false) : onBack} />;
  return (
    <div className="stack">
      <ul className="kinds">
        {there.map((one) => (
          <li key={one.id}>
            <button type="button" className="kind" onClick={() => onDone(one)}>
              <span className="grow">
                <strong>{one.name}</strong>
                <span className="soft">{one.base_url || "the forge's own address"}</span>
              </span>
              {!one.has_credential && <Badge tone="warn">No credential</Badge>}
            </button>
          </li>
        ))}
      </ul>
      <div className="row wrap">
        <Back onBack={onBack} />
        <Button onClick={() => setFresh(true)}>Another connection…</Button>
      </div>
    </div>
  );
}

function Made({ connection, onDone }: { connection: Connection; onDone: () => void }) {
  const check = useQuery(asks.connectionCheck(connection.id));
  return (
    <div className="stack">
      <ConnectionHealth connection={connection} />
      <WebhookSecret connection={connection} secret={connection.webhook_secret} />
      <div className="row wrap">
        <Button look="primary" onClick={onDone} disabled={check.isPending}>
          I have taken it along: choose the repository
        </Button>
        {check.data && !check.data.ok && <span className="soft">Its list will be empty until the credential is right; replace it under Connections.</span>}
      </div>
    </div>
  );
}
