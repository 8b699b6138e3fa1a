// How tests are run, and what the repository itself says about it.
import { useQuery } from "@tanstack/react-query";
import { Bone, Button, Input } from "../../kit";
import { asks } from "../asks";
import type { Part } from "./form";
import { get } from "./spec";

export function TestCommand({ spec, change, wrong, disabled, project, environment }: Part & { project: string; environment: string }) {
  const readiness = useQuery(asks.readiness(project, environment));
  const detected = readiness.data?.detected ?? "";
  return (
    <div className="stack">
      <Input label="Test command" value={get(spec, "test_command")} onChange={(event) => change("test_command", event.target.value)} disabled={disabled} className="input mono" spellCheck={false} placeholder={detected || "found on the base"} wrong={wrong("$.test_command")} hint="A shell line. It runs in fresh sandboxes, to prove a change. Empty: as detected." />
      <div className="row wrap detected" aria-live="polite">
        {readiness.isPending ? (
          <Bone width={220} />
        ) : readiness.error ? (
          <span className="faint" dir="auto">
            What the repository says could not be looked at: {readiness.error.message}
          </span>
        ) : detected ? (
          <>
            <span className="soft">Detected:</span> <code>{detected}</code>
            {!disabled && get(spec, "test_command") !== detected && (
              <Button small onClick={() => change("test_command", detected)}>
                Write it down
              </Button>
            )}
          </>
        ) : (
          <span className="soft">Nothing in the repository says how it is tested: without a command, changes cannot be verified.</span>
        )}
      </div>
    </div>
  );
}
