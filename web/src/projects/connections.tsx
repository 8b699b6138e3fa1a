// How Pullwright signs in at forges: seen and changed by administrators. No credential is ever shown again.
import { useQuery } from "@tanstack/react-query";
import { MoreHorizontal, PlugZap, RefreshCw } from "lucide-react";
import { useState } from "react";
import { api, data } from "../api/client";
import { Badge, Bones, Button, Dialog, duration, Empty, Menu, sayTrouble, Trouble, When } from "../kit";
import { asks, useDo, type Connection } from "./asks";
import { NewCredential } from "./connect/credential";
import { WebhookSecret } from "./connect/webhook";
import { FORGES, ForgeMark } from "./forge";

export function Connections({ onConnect }: { onConnect: () => void }) {
  const connections = useQuery(asks.connections());
  if (connections.isPending) return <Bones lines={4} />;
  if (connections.error) return <Trouble error={connections.error} retry={() => void connections.refetch()} />;
  if (!connections.data.length) {
    return (
      <Empty icon={<PlugZap size={32} aria-hidden />} title="No connection yet" action={<Button onClick={onConnect}>Connect a repository</Button>}>
        A connection is how Pullwright signs in at a forge. It is made while you connect the first repository there.
      </Empty>
    );
  }
  return (
    <ul className="card projects" aria-label="Connections">
      {connections.data.map((connection) => (
        <Row key={connection.id} connection={connection} />
      ))}
    </ul>
  );
}

function Row({ connection }: { connection: Connection }) {
  const { name, forge } = connection;
  const [secret, setSecret] = useState("");
  const [asked, setAsked] = useState<"secret" | "credential" | "remove" | "">("");
  const renew = useDo(() => data(api.PATCH("/api/v1/connections/{connection}", { params: { path: { connection: connection.id } }, body: { new_webhook_secret: true } as never })), {
    changes: ["connections"],
  });
  const remove = useDo(() => data(api.DELETE("/api/v1/connections/{connection}", { params: { path: { connection: connection.id } } })), {
    changes: ["connections"],
    done: `The connection ${name} is removed.`,
  });
  const close = () => setAsked("");
  return (
    <li className="projects-row connections-row">
      <ForgeMark forge={forge} />
      <div className="projects-name">
        <strong className="truncate" title={name}>
          {name}
        </strong>
        <span className="faint truncate">
          {FORGES[forge]}
          {connection.base_url && ` · ${connection.base_url.replace(/^https?:\/\//, "")}`} · {connection.has_credential ? (connection.settings.sign_in === "app" ? "signs in as an App" : "signs in with a token") : "no credential"}
        </span>
      </div>
      <ConnectionHealth connection={connection} />
      <Menu
        entries={[
          { label: "Replace the credential…", onSelect: () => setAsked("credential") },
          ...(forge === "git" ? [] : [{ label: "New webhook secret…", onSelect: () => setAsked("secret") }]),
          null,
          { label: "Remove…", danger: true, onSelect: () => setAsked("remove") },
        ]}
      >
        <button type="button" className="btn quiet icon" aria-label={`More for ${name}`}>
          <MoreHorizontal size={16} />
        </button>
      </Menu>
      <Dialog open={asked === "secret"} onClose={close} title="A new webhook secret?" about="The old one stops working at once: deliveries are refused until the forge has the new one.">
        <div className="row">
          <Button look="primary" busy={renew.isPending} onClick={() => void renew.mutateAsync(undefined).then((made) => (setSecret(made.webhook_secret), close()), sayTrouble)}>
            Make a new one
          </Button>
          <Button onClick={close}>Keep the old one</Button>
        </div>
      </Dialog>
      <Dialog open={!!secret} onClose={() => setSecret("")} title={`Webhook of ${name}`}>
        <WebhookSecret connection={connection} secret={secret} />
        <Button onClick={() => setSecret("")}>I have taken it along</Button>
      </Dialog>
      <Dialog open={asked === "remove"} onClose={close} title={`Remove the connection ${name}?`} about="Its credential is forgotten. A connection that projects use cannot be removed.">
        {remove.error && <Trouble error={remove.error} />}
        <div className="row">
          <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate(undefined, { onSuccess: close })}>
            Remove it
          </Button>
          <Button onClick={close}>Keep it</Button>
        </div>
      </Dialog>
      {asked === "credential" && <NewCredential connection={connection} onClose={close} />}
    </li>
  );
}

/** Whether the forge lets us in, and as whom. */
export function ConnectionHealth({ connection }: { connection: Connection }) {
  const check = useQuery({ ...asks.connectionCheck(connection.id), enabled: connection.forge !== "git" });
  if (connection.forge === "git") return <span className="faint">Checked with each project</span>;
  return (
    <div className="row wrap connection-health" aria-live="polite">
      {check.isPending ? (
        <Badge>Checking…</Badge>
      ) : check.error ? (
        <Trouble error={check.error} />
      ) : check.data.ok ? (
        <>
          <Badge tone="good">Signed in{check.data.login && ` as ${check.data.login}`}</Badge>
          <span className="faint">
            {duration(check.data.seconds)}, <When at={check.data.at} />
          </span>
        </>
      ) : (
        <span className="stack connection-why">
          <Badge tone="bad">Not signed in</Badge>
          <span className="soft" dir="auto">
            {check.data.why} {check.data.fix}
          </span>
        </span>
      )}
      <Button small label={`Check ${connection.name} now`} busy={check.isFetching} onClick={() => void check.refetch()}>
        <RefreshCw size={14} />
      </Button>
    </div>
  );
}
