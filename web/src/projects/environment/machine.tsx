// The sandbox's system, and how much of the machine it may have.
import { Choice, Input } from "../../kit";
import type { Part } from "./form";
import { DEFAULTS, get, limit, LIMITS, setLimit } from "./spec";

const ROOTS: Record<string, [string, string]> = {
  host: ["The server's own system", "Its /usr, read-only, with its toolchains."],
  folder: ["A folder of the server", "A root file system that an administrator put into roots/ of the data folder."],
  image: ["An OCI image", "One in roots/ by its name, or a reference that skopeo or podman on the server pulls, such as python:3.12."],
};

export function Root({ spec, change, wrong, disabled }: Part) {
  const root = get(spec, "base_root");
  const [kind = "host", ...rest] = root.split(":");
  const name = rest.join(":");
  const about = ROOTS[kind]?.[1];
  return (
    <>
      <div className="pair">
        <Choice label="Base root" value={kind in ROOTS ? kind : "other"} onChange={(event) => change("base_root", event.target.value === "host" ? "host" : `${event.target.value}:${name}`)} disabled={disabled} hint={about} wrong={kind === "host" ? wrong("$.base_root") : undefined}>
          {Object.entries(ROOTS).map(([value, [words]]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
          {!(kind in ROOTS) && <option value="other">{root}</option>}
        </Choice>
        {kind !== "host" && <Input label={kind === "image" ? "Image" : "Name"} value={name} onChange={(event) => change("base_root", `${kind}:${event.target.value.trim()}`)} disabled={disabled} className="input mono" spellCheck={false} placeholder={kind === "image" ? "python:3.12" : "debian-12"} wrong={wrong("$.base_root")} />}
      </div>
      <div className="pair">
        <Choice label="Isolation" value={get(spec, "backend")} onChange={(event) => change("backend", event.target.value)} disabled={disabled} wrong={wrong("$.backend")} hint={get(spec, "backend") === "gvisor" ? "A kernel of its own, for code that nobody trusts. Commands cost 30 to 160 ms more; the worker must run as root." : "gVisor is for code that nobody trusts."}>
          <option value="">The server's choice</option>
          <option value="linux">Linux namespaces</option>
          <option value="gvisor">gVisor</option>
          <option value="container">Container (podman or docker)</option>
          {!["", "linux", "gvisor", "container"].includes(get(spec, "backend")) && <option>{get(spec, "backend")}</option>}
        </Choice>
        <Choice label="The agent may" value={get(spec, "access")} onChange={(event) => change("access", event.target.value as typeof DEFAULTS.access)} disabled={disabled} wrong={wrong("$.access")}>
          <option value="workspace-write">Change files of the workspace</option>
          <option value="read-only">Read alone</option>
          {get(spec, "access") === "full-access" && <option>full-access</option>}
        </Choice>
      </div>
      <Input label="Commit whose set-up inputs are trusted with secrets" value={get(spec, "trusted")} onChange={(event) => change("trusted", event.target.value.trim())} disabled={disabled} className="input mono" spellCheck={false} placeholder="the head of the default branch" wrong={wrong("$.trusted")} hint="Commits with other lock files, manifests or setup code get no setup secrets." />
    </>
  );
}

const GIB = 2 ** 30;
const FIELDS: readonly [keyof typeof LIMITS, string, number][] = [
  ["memory_bytes", "Memory (GiB)", GIB],
  ["disk_bytes", "Disk (GiB)", GIB],
  ["cpus", "Processors", 1],
  ["processes", "Processes", 1],
];

export function LimitFields({ spec, replace, wrong, disabled }: Part) {
  return (
    <div className="pair">
      {FIELDS.map(([field, label, unit]) => {
        const value = limit(spec, field);
        const usual = LIMITS[field];
        return (
          <Input
            key={field}
            label={label}
            type="number"
            min={0}
            step={field === "processes" ? 1 : "any"}
            value={value === null ? "" : value / unit}
            placeholder="no limit"
            disabled={disabled}
            wrong={wrong(`$.limits.${field}`)}
            onChange={(event) => {
              const typed = event.target.value === "" ? null : Number(event.target.value) * unit;
              replace("limits", setLimit(spec, field, typed === null || field === "cpus" ? typed : Math.round(typed)));
            }}
            hint={
              value === usual ? (
                "As usual. Empty: no limit."
              ) : disabled ? undefined : (
                <button type="button" className="link" onClick={() => replace("limits", setLimit(spec, field, usual))}>
                  Back to {usual === null ? "no limit" : usual / unit}
                </button>
              )
            }
          />
        );
      })}
    </div>
  );
}
