// The repositories that a connection can see, searched by name.
import { useQuery } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import { useMemo, useState } from "react";
import { Badge, Bones, Button, Empty, Input, Trouble } from "../../kit";
import { asks, type Connection } from "../asks";
import { Back } from "./back";
import type { Found } from "./wizard";

const SHOWN = 200;

export function Repositories({ connection, onFound, onBack }: { connection: Connection; onFound: (found: Found) => void; onBack: () => void }) {
  const repositories = useQuery(asks.repositories(connection.id));
  const [words, setWords] = useState("");
  const matching = useMemo(() => {
    const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
    return (repositories.data ?? []).filter((one) => parts.every((part) => one.slug.toLowerCase().includes(part)));
  }, [repositories.data, words]);
  if (repositories.isPending) return <Bones lines={6} />;
  if (repositories.error) {
    return (
      <div className="stack">
        <Trouble error={repositories.error} retry={() => void repositories.refetch()} />
        <Back onBack={onBack} />
      </div>
    );
  }
  return (
    <div className="stack">
      <Input label={`Repositories that ${connection.name} can see (${repositories.data.length})`} type="search" autoFocus value={words} onChange={(event) => setWords(event.target.value)} placeholder="owner/name" />
      {!repositories.data.length && <Empty title="It sees none">Give the App or token access to the repository at the forge, then look again.</Empty>}
      <ul className="pick" aria-label="Repositories">
        {matching.slice(0, SHOWN).map((one) => (
          <li key={one.slug}>
            <button
              type="button"
              className="kind"
              disabled={one.writable === false}
              onClick={() => onFound({ forge: connection.forge, url: one.clone_url, slug: one.slug, connection: connection.id, branch: one.default_branch, branches: [] })}
            >
              <span className="truncate grow" title={one.slug}>
                {one.slug}
              </span>
              {one.private && <Lock size={14} aria-label="private" />}
              {one.writable === false ? <Badge tone="warn">Cannot be pushed to</Badge> : <span className="faint mono">{one.default_branch}</span>}
            </button>
          </li>
        ))}
      </ul>
      {matching.length > SHOWN && <p className="faint">{matching.length - SHOWN} more: type more of the name.</p>}
      <div className="row">
        <Back onBack={onBack} />
        <Button busy={repositories.isFetching} onClick={() => void repositories.refetch()}>
          Look again
        </Button>
      </div>
    </div>
  );
}
