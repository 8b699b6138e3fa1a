// The environment as JSON: all of it, also what the form does not know.
import { useEffect, useState } from "react";
import { Code } from "./code";
import { parsed, same, type Spec } from "./spec";

export function Json({ spec, onChange, disabled }: { spec: Spec; onChange: (spec: Spec) => void; disabled: boolean }) {
  const [text, setText] = useState(() => JSON.stringify(spec, null, 2));
  const [wrong, setWrong] = useState("");
  useEffect(() => {
    setText((now) => (same(read(now), spec) ? now : JSON.stringify(spec, null, 2)));
    setWrong("");
  }, [spec]);
  const edit = (now: string) => {
    setText(now);
    try {
      onChange(parsed(now));
      setWrong("");
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  };
  return <Code label="Environment" value={text} onChange={edit} disabled={disabled} wrong={wrong || undefined} rows={6} hint="As the API has it (PUT …/environments/NAME). Fields that are not here are as they are by default." />;
}

function read(text: string): unknown {
  try {
    return parsed(text);
  } catch {
    return null;
  }
}
