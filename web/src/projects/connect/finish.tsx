// The last step: what the project is called, and its default branch. Then it is fetched, and that is shown.
import { useNavigate } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, data, Problem } from "../../api/client";
import { Badge, Bone, Button, Choice, Input, Trouble } from "../../kit";
import { asks, useDo, type Project } from "../asks";
import { Back } from "./back";
import type { Found } from "./wizard";

export function Finish({ found, onBack, onClose }: { found: Found; onBack: () => void; onClose: () => void }) {
  const [name, setName] = useState(() => named(found.slug || found.url));
  const [branch, setBranch] = useState(found.branch);
  const [made, setMade] = useState<Project | null>(null);
  const make = useDo(
    () => data(api.POST("/api/v1/projects", { body: { name: name.trim(), url: found.url, forge: found.forge, connection: found.connection, slug: found.slug, default_branch: branch.trim() } as never })),
    { changes: ["projects"] },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate(undefined, { onSuccess: setMade });
  };
  if (made) return <Connected project={made} onClose={onClose} />;
  const fields = make.error instanceof Problem ? make.error.fields : [];
  const wrong = fields.find((one) => one.at === "$.name")?.message;
  return (
    <form className="stack" onSubmit={submit}>
      <p className="soft found" dir="ltr">
        {found.slug || found.url}
      </p>
      <Input label="Name" value={name} onChange={(event) => setName(event.target.value)} required autoFocus maxLength={100} wrong={wrong} hint="Letters, digits and . _ -" spellCheck={false} />
      {found.branches.length ? (
        <Choice label="Default branch" value={branch} onChange={(event) => setBranch(event.target.value)} hint="What tasks start from and are merged into, unless they say otherwise.">
          {found.branches.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Choice>
      ) : (
        <Input label="Default branch" value={branch} onChange={(event) => setBranch(event.target.value)} required spellCheck={false} hint="What tasks start from and are merged into, unless they say otherwise." />
      )}
      {make.error && !wrong && <Trouble error={make.error} />}
      <div className="row">
        <Button look="primary" type="submit" busy={make.isPending}>
          Connect it
        </Button>
        <Back onBack={onBack} />
      </div>
    </form>
  );
}

function Connected({ project, onClose }: { project: Project; onClose: () => void }) {
  const check = useQuery(asks.check(project.name));
  const navigate = useNavigate();
  const go = (to: string) => () => {
    onClose();
    void navigate({ to });
  };
  return (
    <div className="stack">
      <div aria-live="polite">
        {check.isPending ? (
          <p className="row">
            <Bone width={90} height={20} /> Fetching the repository…
          </p>
        ) : check.data?.ok ? (
          <p className="row">
            <Badge tone="good" dot>
              Connected
            </Badge>
            {project.name} is here, and could be fetched.
          </p>
        ) : (
          <Trouble error={check.error ?? new Problem(0, check.data?.why ?? "It could not be fetched.", check.data?.fix ?? "")} retry={() => void check.refetch()} />
        )}
      </div>
      <div className="row wrap">
        <Button look="primary" onClick={go(`/projects/${project.name}/environments/default`)}>
          Set up its environment
        </Button>
        <Button onClick={go(`/projects/${project.name}`)}>Open the project</Button>
      </div>
    </div>
  );
}

/** A name for a project, from where its repository is. */
export function named(where: string): string {
  const last = where.replace(/[/\\]+$/, "").replace(/\.git$/, "").split(/[/\\:]/).pop() ?? "";
  return last.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "").slice(0, 100);
}
