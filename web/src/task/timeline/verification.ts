// The clean runs, in the order in which one reads them, and what they say.
import type { Of } from "./event";

export type Verified = Of<"verified">;
export type Run = NonNullable<Of<"verification_ran">["run"]> & { readonly seq: number; readonly command: string };

export const RUNS: Record<string, { name: string; about: string; order: number }> = {
  base: { name: "Base", about: "the base with its own tests", order: 0 },
  "base+new-tests": { name: "Base + new tests", about: "the base with the change's tests: red before", order: 1 },
  "change+base-tests": { name: "Change + base tests", about: "the change with the base's tests", order: 2 },
  change: { name: "Change", about: "the change as it is: green after", order: 3 },
  "before-again": { name: "Before, again", about: "the deciding tests on the base, a second time", order: 4 },
  "after-again": { name: "After, again", about: "the deciding tests on the change, a second time", order: 5 },
  "must-fail": { name: "Must fail", about: "deciding tests changed so that they must fail: red is as it should be", order: 6 },
};

export const VERDICTS: Record<string, { tone: "good" | "warn" | "bad" | "plain"; words: string }> = {
  verified: { tone: "good", words: "Verified" },
  "not-verified": { tone: "warn", words: "Not proved" },
  contradicted: { tone: "bad", words: "Contradicted" },
  "not-run": { tone: "plain", words: "Not run" },
};

export function inOrder(runs: readonly Run[]): Run[] {
  return [...runs].sort((a, b) => (RUNS[a.name ?? ""]?.order ?? 9) - (RUNS[b.name ?? ""]?.order ?? 9));
}

/** Whether a run ended as one hopes: `must-fail` is good when it is red. */
export function good(run: Pick<Run, "name" | "exit_code">): boolean {
  return (run.exit_code === 0) !== (run.name === "must-fail");
}

export function counts(run: Pick<Run, "tests" | "timed_out" | "exit_code">): string {
  if (run.timed_out) return "out of time";
  const told = Object.entries(run.tests ?? {}).filter(([, number]) => number);
  return told.map(([state, number]) => `${number} ${state}`).join(", ") || `exit ${run.exit_code ?? "by a signal"}`;
}
