// What is run once with network and kept, and what is run over it for other commits.
import { Check, Input } from "../../kit";
import { Words } from "../words";
import { Code } from "./code";
import type { Part } from "./form";
import { get } from "./spec";

export function Scripts({ spec, change, wrong, disabled, failing }: Part & { failing: number }) {
  return (
    <>
      <Code
        label="Setup script"
        value={get(spec, "setup")}
        onChange={(setup) => change("setup", setup)}
        disabled={disabled}
        failing={failing}
        wrong={wrong("$.setup")}
        rows={8}
        placeholder={"python3 -m venv .venv\n.venv/bin/pip install -e .[dev]"}
        hint="Runs once, with network, over the files of the base, as an ordinary user at /workspace. What git does not track, and the home, is kept for every attempt. bash, stopping at the first failure, unless it begins with #!."
      />
      <Code
        label="Maintenance script"
        value={get(spec, "maintenance")}
        onChange={(maintenance) => change("maintenance", maintenance)}
        disabled={disabled}
        wrong={wrong("$.maintenance")}
        rows={4}
        hint="Runs over what setup made, once for each other commit that it is used for, without secrets. Where it fails the task says so and goes on."
      />
      <div className="pair">
        <Input label="Setup may take (seconds)" type="number" min={1} value={get(spec, "setup_seconds")} onChange={(event) => change("setup_seconds", Number(event.target.value))} disabled={disabled} wrong={wrong("$.setup_seconds")} />
        <Input label="Maintenance may take (seconds)" type="number" min={1} value={get(spec, "upkeep_seconds")} onChange={(event) => change("upkeep_seconds", Number(event.target.value))} disabled={disabled} wrong={wrong("$.upkeep_seconds")} />
      </div>
      <Words label="Files that decide whether setup runs again" value={get(spec, "files")} onChange={(files) => change("files", files)} disabled={disabled} wrong={wrong("$.files")} placeholder="tools/versions.txt, config/*.toml" hint="Beside lock files, which always do. Paths or patterns in the repository, with commas between." />
      <div className="field">
        <Check label="Go on with the last good setup when a new one fails" checked={get(spec, "use_last_good")} onChange={(event) => change("use_last_good", event.target.checked)} disabled={disabled} />
        <span className="hint">Without it, tasks fail until setup works again.</span>
      </div>
    </>
  );
}
