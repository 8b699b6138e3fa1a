// Secrets: that they are there and what for. Nobody is given a value again.
import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus, RotateCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, data, type Schemas } from "../../api/client";
import { Badge, Bones, Button, Dialog, Trouble, When } from "../../kit";
import { Because, useAllowed } from "../allowed";
import { asks, useDo } from "../asks";
import { SecretForm } from "./secret-form";

export type Secret = Schemas["SecretView"];
interface Of {
  project: { id: string; name: string };
  environment: string;
}

export function Secrets({ project, environment }: Of) {
  const sees = useAllowed(project.id, "member");
  const sets = useAllowed(project.id, "admin");
  const secrets = useQuery({ ...asks.secrets(project.name, environment), enabled: sees.ok });
  const [form, setForm] = useState<Secret | "new" | null>(null);
  if (!sees.ok) return <p className="soft">Their names are shown to members. {sees.why}</p>;
  if (secrets.isPending) return <Bones lines={2} />;
  if (secrets.error) return <Trouble error={secrets.error} retry={() => void secrets.refetch()} />;
  return (
    <div className="stack">
      {!secrets.data.length && <p className="soft">None.</p>}
      {!!secrets.data.length && (
        <ul className="secrets" aria-label="Secrets">
          {secrets.data.map((one) => (
            <Row key={one.name} secret={one} project={project} environment={environment} why={sets.why} onReplace={() => setForm(one)} />
          ))}
        </ul>
      )}
      <div>
        <Because why={sets.why}>
          <Button small disabled={!sets.ok} onClick={() => setForm("new")}>
            <Plus size={14} aria-hidden /> Add a secret
          </Button>
        </Because>
      </div>
      {form && <SecretForm project={project} environment={environment} old={form === "new" ? null : form} onClose={() => setForm(null)} />}
    </div>
  );
}

function Row({ secret, project, environment, why, onReplace }: Of & { secret: Secret; why: string; onReplace: () => void }) {
  const [asked, setAsked] = useState(false);
  const { kind = "setup", host, header = "Authorization" } = secret.use as Partial<Secret["use"]>;
  const remove = useDo(() => data(api.DELETE("/api/v1/projects/{project}/environments/{environment}/secrets/{name}", { params: { path: { project: project.id, environment, name: secret.name } } })), {
    changes: asks.secrets(project.name, environment).queryKey,
    done: `${secret.name} is removed.`,
  });
  return (
    <li className="row wrap secret">
      <KeyRound size={15} aria-hidden />
      <code className="grow truncate" title={secret.name}>
        {secret.name}
      </code>
      {kind === "setup" ? <Badge>For the setup script</Badge> : <Badge tone="info">{`${header} for ${host ?? "?"}`}</Badge>}
      <span className="faint">
        set <When at={secret.created} />
      </span>
      <Button look="quiet" small label={why || `Replace ${secret.name}`} disabled={!!why} onClick={onReplace}>
        <RotateCw size={15} />
      </Button>
      <Button look="quiet" small label={why || `Remove ${secret.name}`} disabled={!!why} onClick={() => setAsked(true)}>
        <Trash2 size={15} />
      </Button>
      <Dialog open={asked} onClose={() => setAsked(false)} title={`Remove ${secret.name}?`} about="Its value is forgotten.">
        {remove.error && <Trouble error={remove.error} />}
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
