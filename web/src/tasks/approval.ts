// Who is asked before the agent does something: the three words of the command line, and what each means.
import type { Approval } from "./order";

interface Mode {
  value: Approval;
  label: string;
  about: string;
}

const FULL: Mode = { value: "full-auto", label: "Full-auto", about: "Edits and commands go ahead, in the sandbox." };

export const MODES: readonly Mode[] = [
  { value: "suggest", label: "Suggest", about: "Edits, and commands that can change something, wait for a person's yes." },
  { value: "auto-edit", label: "Auto-edit", about: "Edits go ahead; commands that can change something wait for a person's yes." },
  FULL,
];

export function modeOf(approval: Approval): Mode {
  return MODES.find((one) => one.value === approval) ?? FULL;
}
