// Where a repository can be.
import { ChevronRight } from "lucide-react";
import { ForgeMark, type Forge } from "../forge";

export type Where = Exclude<Forge, "git"> | "url" | "local";

const KINDS: readonly { where: Where; forge: Forge; name: string; about: string }[] = [
  { where: "github", forge: "github", name: "GitHub", about: "github.com or Enterprise Server, as an App or with a token" },
  { where: "gitlab", forge: "gitlab", name: "GitLab", about: "gitlab.com or your own, with a token" },
  { where: "gitea", forge: "gitea", name: "Gitea or Forgejo", about: "Your own server, with a token" },
  { where: "url", forge: "git", name: "Any git address", about: "https://… without a forge: pull requests are Pullwright's own" },
  { where: "local", forge: "git", name: "A folder on the server", about: "A repository on the machine that Pullwright runs on" },
];

export function Kind({ onChoose }: { onChoose: (where: Where) => void }) {
  return (
    <ul className="kinds">
      {KINDS.map((kind) => (
        <li key={kind.where}>
          <button type="button" className="kind" onClick={() => onChoose(kind.where)}>
            <ForgeMark forge={kind.forge} local={kind.where === "local"} />
            <span className="grow">
              <strong>{kind.name}</strong>
              <span className="soft">{kind.about}</span>
            </span>
            <ChevronRight size={16} aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}
