// Connections to forges: how Pullwright signs in there, whether that goes, what the forge sent lately.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { GitPullRequest } from "lucide-react";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { Badge, Bones, Button, Confirm, Copyable, Dialog, duration, Empty, Menu, sayTrouble, Trouble, When, type Tone } from "../kit";
import { ConnectionForm } from "./connection-form";

export type Connection = Schemas["ConnectionView"];

export const FORGES: Record<Connection["forge"], string> = { github: "GitHub", gitlab: "GitLab", gitea: "Gitea or Forgejo", git: "Plain git" };

/** How it signs in. (The server leaves out what is as by default, whatever its document says.) */
export function signInOf(connection: Connection): Connection["settings"]["sign_in"] {
  return (connection.settings as Partial<Connection["settings"]>).sign_in ?? "token";
}

export function Connections() {
  const client = useQueryClient();
  const list = useQuery({ queryKey: ["connections"], queryFn: () => data(api.GET("/api/v1/connections")) });
  const [edited, setEdited] = useState<Connection | null>(null);
  const [secret, setSecret] = useState<Connection | null>(null);
  const fresh = () => client.invalidateQueries({ queryKey: ["connections"] });
  return (
    <>
      <div className="row wrap spread">
        <p className="soft grow">How Pullwright signs in at git hosts. Credentials are sealed, and never shown again.</p>
        <Link to="/projects" className="btn">
          Connect a project
        </Link>
      </div>
      {list.error ? (
        <Trouble error={list.error} retry={() => void list.refetch()} />
      ) : !list.data ? (
        <Bones lines={4} />
      ) : !list.data.length ? (
        <Empty icon={<GitPullRequest size={32} aria-hidden />} title="No forge is connected">
          Projects on a plain git remote need none. A forge is connected together with its first project.
        </Empty>
      ) : (
        <ul className="lines">
          {list.data.map((one) => (
            <Line key={one.id} connection={one} onEdit={() => setEdited(one)} fresh={fresh} />
          ))}
        </ul>
      )}
      {edited && (
        <ConnectionForm
          connection={edited}
          onClose={() => setEdited(null)}
          onDone={(made) => {
            setEdited(null);
            if (made.webhook_secret) setSecret(made);
            void fresh();
          }}
        />
      )}
      {secret && (
        <Dialog open onClose={() => setSecret(null)} title="The webhook’s new secret" about="Put it into the forge’s settings now: the one before holds no longer, and this one is not shown again.">
          <Copyable text={secret.webhook_secret} about="Secret" />
          <Copyable text={`${location.origin}/webhooks/${secret.id}`} about="Where the forge sends to" />
          <div className="row actions">
            <Button look="primary" onClick={() => setSecret(null)}>
              I have copied it
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function Line({ connection, onEdit, fresh }: { connection: Connection; onEdit: () => void; fresh: () => Promise<void> }) {
  const [checking, setChecking] = useState(false);
  const [reached, setReached] = useState<Schemas["Reached"] | null>(null);
  const [open, setOpen] = useState(false);
  const [removing, setRemoving] = useState(false);
  const path = { connection: connection.id };
  const check = async () => {
    setChecking(true);
    setReached(null);
    try {
      setReached(await data(api.GET("/api/v1/connections/{connection}/check", { params: { path } })));
    } catch (problem) {
      sayTrouble(problem);
    } finally {
      setChecking(false);
    }
  };
  const how = { app: `as App ${connection.settings.app_id}`, token: "with a token", none: "not at all" }[signInOf(connection)];
  return (
    <li className="line column">
      <div className="row wrap">
        <div className="stack tight grow">
          <div className="row wrap">
            <strong className="breaks">{connection.name}</strong>
            <Badge>{FORGES[connection.forge]}</Badge>
            {!connection.has_credential && signInOf(connection) !== "none" && connection.forge !== "git" && <Badge tone="warn">No credential</Badge>}
          </div>
          <div className="faint breaks">
            {connection.base_url || "at the forge’s own address"} · signs in {how} · since <When at={connection.created} />
          </div>
        </div>
        {connection.forge !== "git" && (
          <Button small onClick={() => void check()} busy={checking}>
            Check
          </Button>
        )}
        <Button small onClick={() => setOpen(!open)} aria-expanded={open}>
          Deliveries
        </Button>
        <Menu entries={[{ label: "Edit", onSelect: onEdit }, null, { label: "Remove", danger: true, onSelect: () => setRemoving(true) }]}>
          <Button small aria-label={`Change ${connection.name}`}>
            Change
          </Button>
        </Menu>
      </div>
      {reached && (
        <p className={reached.ok ? "tried good" : "tried bad"} role="status">
          {reached.ok ? `Signed in as ${reached.login || "somebody without a name"}, in ${duration(reached.seconds)}.` : [reached.why, reached.fix].filter(Boolean).join(". ")}
        </p>
      )}
      {open && <Deliveries connection={connection.id} />}
      {removing && (
        <Confirm
          title={`Remove ${connection.name}?`}
          about="Its credential and its webhook’s secret go. A connection that a project uses cannot be removed."
          action="Remove it"
          onClose={() => setRemoving(false)}
          run={() => data(api.DELETE("/api/v1/connections/{connection}", { params: { path } })).then(fresh)}
        />
      )}
    </li>
  );
}

const CAME: Record<Schemas["DeliveryView"]["state"], [Tone, string]> = { done: ["good", "Heard"], failed: ["bad", "Failed"], new: ["info", "Waiting"], ignored: ["plain", "Not for us"] };

function Deliveries({ connection }: { connection: string }) {
  const list = useQuery({
    queryKey: ["connections", connection, "deliveries"],
    queryFn: () => data(api.GET("/api/v1/connections/{connection}/deliveries", { params: { path: { connection }, query: { limit: 30 } } })),
  });
  if (list.error) return <Trouble error={list.error} retry={() => void list.refetch()} />;
  if (!list.data) return <Bones lines={3} />;
  if (!list.data.length) return <p className="faint">The forge sent nothing yet.</p>;
  return (
    <ul className="stack tight">
      {list.data.map((one) => (
        <li key={one.id} className="row wrap">
          <Badge tone={CAME[one.state][0]}>{CAME[one.state][1]}</Badge>
          <span className="mono">{one.event}</span>
          <span className="faint">
            <When at={one.received} />
          </span>
          {one.why && <span className="soft breaks">{one.why}</span>}
        </li>
      ))}
    </ul>
  );
}
