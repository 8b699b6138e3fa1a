// A list as one line, with commas between: what is typed stays as it is typed, the list is what it says.
import { useEffect, useState, type ReactNode } from "react";
import { Input } from "../kit";

interface Props<T> {
  label: string;
  value: readonly T[];
  onChange: (value: T[]) => void;
  hint?: ReactNode;
  wrong?: string;
  placeholder?: string;
  disabled?: boolean;
}

export function split(text: string): string[] {
  return text.split(/[,\n]/).map((one) => one.trim()).filter(Boolean);
}

export function ports(text: string): number[] {
  return text.split(/[,\s]+/).filter(Boolean).map(Number).filter((one) => Number.isInteger(one));
}

function useLine<T>(value: readonly T[], read: (text: string) => T[]): [string, (text: string) => T[]] {
  const shown = value.join(", ");
  const [text, setText] = useState(shown);
  useEffect(() => {
    setText((now) => (read(now).join(", ") === shown ? now : shown));
  }, [shown, read]);
  return [text, (now) => (setText(now), read(now))];
}

export function Words({ value, onChange, ...rest }: Props<string>) {
  const [text, say] = useLine(value, split);
  return <Input {...rest} value={text} spellCheck={false} onChange={(event) => onChange(say(event.target.value))} />;
}

export function Ports({ value, onChange, ...rest }: Props<number>) {
  const [text, say] = useLine(value, ports);
  return <Input {...rest} value={text} inputMode="numeric" spellCheck={false} onChange={(event) => onChange(say(event.target.value))} />;
}
