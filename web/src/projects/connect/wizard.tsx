// A repository is connected in three steps: where it is, which one, and what it is called here.
import { useState } from "react";
import { Dialog } from "../../kit";
import type { Connection } from "../asks";
import type { Forge } from "../forge";
import { Address } from "./address";
import { Finish } from "./finish";
import { Kind, type Where } from "./kind";
import { Repositories } from "./repositories";
import { SignIn } from "./sign-in";

/** A repository that was found, before it is a project. */
export interface Found {
  forge: Forge;
  url: string;
  slug: string;
  connection: string;
  branch: string;
  branches: readonly string[];
}

const TITLES = ["Where is the repository?", "Which repository?", "Name it"];

export function Wizard({ onClose }: { onClose: () => void }) {
  const [where, setWhere] = useState<Where | null>(null);
  const [connection, setConnection] = useState<Connection | null>(null);
  const [found, setFound] = useState<Found | null>(null);
  const step = found ? 2 : where ? 1 : 0;
  const back = () => (found ? setFound(null) : connection ? setConnection(null) : setWhere(null));
  return (
    <Dialog open onClose={onClose} wide title={where && where !== "url" && where !== "local" && !connection ? "Sign in at the forge" : (TITLES[step] ?? "")}>
      <ol className="steps" aria-label="Steps">
        {["Where", "Which", "Name"].map((name, index) => (
          <li key={name} aria-current={index === step ? "step" : undefined} className={index < step ? "done" : ""}>
            <span aria-hidden>{index + 1}</span> {name}
          </li>
        ))}
      </ol>
      {!where && <Kind onChoose={setWhere} />}
      {where && !found && (where === "url" || where === "local") && <Address local={where === "local"} onFound={setFound} onBack={back} />}
      {where && where !== "url" && where !== "local" && !connection && <SignIn forge={where} onDone={setConnection} onBack={back} />}
      {connection && !found && <Repositories connection={connection} onFound={setFound} onBack={back} />}
      {found && <Finish found={found} onBack={back} onClose={onClose} />}
    </Dialog>
  );
}
