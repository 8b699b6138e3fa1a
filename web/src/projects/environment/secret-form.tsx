// A secret is set, or set anew. It goes one way only: to the setup script, or into a header that the proxy adds.
import { useState, type FormEvent } from "react";
import { api, data, Problem } from "../../api/client";
import { Area, Button, Choice, Dialog, Input, Trouble } from "../../kit";
import { asks, useDo } from "../asks";
import { Words } from "../words";
import type { Secret } from "./secrets";

interface Props {
  project: { id: string; name: string };
  environment: string;
  old: Secret | null;
  onClose: () => void;
}

export function SecretForm({ project, environment, old, onClose }: Props) {
  const use = (old?.use ?? {}) as Partial<Secret["use"]>;
  const [name, setName] = useState(old?.name ?? "");
  const [value, setValue] = useState("");
  const [kind, setKind] = useState(use.kind ?? "setup");
  const [host, setHost] = useState(use.host ?? "");
  const [header, setHeader] = useState(use.header ?? "Authorization");
  const [format, setFormat] = useState(use.format ?? "Bearer {}");
  const [methods, setMethods] = useState<readonly string[]>(use.methods ?? []);
  const [paths, setPaths] = useState<readonly string[]>(use.paths ?? []);
  const save = useDo(
    () => {
      const wanted = kind === "setup" ? { kind } : { ...use, kind, host: host.trim(), header: header.trim(), format, methods: methods.map((one) => one.toUpperCase()), paths };
      return data(api.PUT("/api/v1/projects/{project}/environments/{environment}/secrets/{name}", { params: { path: { project: project.id, environment, name: name.trim() } }, body: { value, use: wanted } as never }));
    },
    { changes: asks.secrets(project.name, environment).queryKey, done: (made) => `${made.name} is kept. Its value is not shown again.` },
  );
  const wrong = save.error instanceof Problem ? save.error.fields.find((one) => one.at === "$.value")?.message : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    save.mutate(undefined, { onSuccess: onClose });
  };
  return (
    <Dialog open onClose={onClose} title={old ? `Set ${old.name} anew` : "Add a secret"} about={old ? "The value that is there is forgotten." : "Sealed at once, and taken out of logs, reports and what the model sees."}>
      <form className="stack" onSubmit={submit}>
        <Input label="Name" value={name} onChange={(event) => setName(event.target.value)} required readOnly={!!old} pattern="[A-Za-z_][A-Za-z0-9_]*" title="Letters, digits and _, not beginning with a digit" placeholder="NPM_TOKEN" spellCheck={false} autoComplete="off" className="input mono" autoFocus={!old} />
        <Area label="Value" value={value} onChange={(event) => setValue(event.target.value)} required rows={3} className="input mono hidden-value" spellCheck={false} autoComplete="off" wrong={wrong} hint={value && value.length < 6 ? "So short a value cannot be taken out of logs." : "Not shown while you type; nor ever after."} autoFocus={!!old} />
        <Choice label="What it is for" value={kind} onChange={(event) => setKind(event.target.value as typeof kind)} hint={kind === "setup" ? "A variable of the setup script, and of nothing else." : "The proxy on the server adds it to requests to one host: the sandbox never has it. Naming the host allows it."}>
          <option value="setup">The setup script</option>
          <option value="intercept">A header of requests to a host</option>
        </Choice>
        {kind === "intercept" && (
          <>
            <Input label="Host" value={host} onChange={(event) => setHost(event.target.value)} required placeholder="api.example.com" spellCheck={false} className="input mono" />
            <div className="pair">
              <Input label="Header" value={header} onChange={(event) => setHeader(event.target.value)} required spellCheck={false} className="input mono" />
              <Input label="As" value={format} onChange={(event) => setFormat(event.target.value)} required pattern=".*\{\}.*" title="With {} where the value goes" hint="{} stands for the value." spellCheck={false} className="input mono" />
              <Words label="Methods" value={methods} onChange={setMethods} placeholder="all" />
              <Words label="Paths that begin with" value={paths} onChange={setPaths} placeholder="all" />
            </div>
          </>
        )}
        {save.error && <Trouble error={save.error} />}
        <div className="row">
          <Button look="primary" type="submit" busy={save.isPending}>
            Keep it
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}
