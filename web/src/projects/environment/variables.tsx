// Variables: of every command, in setup and after it. They are seen by whoever sees the project; secrets are below.
import { Plus, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "../../kit";
import type { Part } from "./form";
import { get, same, variablesOf, type Variable } from "./spec";
import { wrongAt } from "./wrongs";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function Variables({ spec, change, wrongs, disabled }: Part) {
  const kept = get(spec, "variables");
  const [rows, setRows] = useState<readonly Variable[]>(() => Object.entries(kept));
  // A row without a name is on its way, and no part of the spec yet; what changed elsewhere (the JSON, a discard) is taken over.
  useEffect(() => setRows((now) => (same(variablesOf(now), kept) ? now : Object.entries(kept))), [kept]);
  const put = (now: readonly Variable[]) => {
    setRows(now);
    change("variables", variablesOf(now));
  };
  const edit = (index: number, row: Variable) => put(rows.map((one, at) => (at === index ? row : one)));
  return (
    <div className="stack">
      {!rows.length && <p className="soft">None.</p>}
      {rows.map(([name, value], index) => {
        const twice = name && rows.some(([other], at) => at < index && other === name);
        const said = name ? wrongAt(wrongs, `$.variables.${name}`) : undefined;
        const wrong = twice ? "This name is there already; the last one counts." : name && !NAME.test(name) ? "Letters, digits and _, not beginning with a digit." : said;
        return (
          <div key={index} className="variable">
            <input className="input mono" aria-label={`Name of variable ${index + 1}`} value={name} onChange={(event) => edit(index, [event.target.value, value])} placeholder="NAME" spellCheck={false} disabled={disabled} aria-invalid={!!wrong || undefined} aria-describedby={wrong ? `variable-${index}-wrong` : undefined} />
            <input className="input mono" aria-label={`Value of ${name || `variable ${index + 1}`}`} value={value} onChange={(event) => edit(index, [name, event.target.value])} placeholder="value" spellCheck={false} disabled={disabled} />
            <Button look="quiet" label={`Remove ${name || `variable ${index + 1}`}`} disabled={disabled} onClick={() => put(rows.filter((_, at) => at !== index))}>
              <Trash2 size={16} />
            </Button>
            {wrong && (
              <span className="wrong" id={`variable-${index}-wrong`} role="alert">
                {wrong}
              </span>
            )}
          </div>
        );
      })}
      {!disabled && (
        <div>
          <Button small onClick={() => setRows([...rows, ["", ""]])}>
            <Plus size={14} aria-hidden /> Add a variable
          </Button>
        </div>
      )}
    </div>
  );
}
