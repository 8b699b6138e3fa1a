// What of the page the address says: which part, which attempt, which event.
import { useNavigate, useSearch } from "@tanstack/react-router";

export type Part = "timeline" | "attempts" | "evidence" | "about";

export interface TaskSearch {
  part: Part;
  attempt: string | undefined;
  seq: number | undefined;
}

const PARTS: readonly string[] = ["timeline", "attempts", "evidence", "about"];

export function useTaskSearch(): [TaskSearch, (change: Partial<TaskSearch>) => void] {
  const raw = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const seq = Number(raw.seq);
  const part = String(raw.part ?? "timeline");
  const now: TaskSearch = {
    part: PARTS.includes(part) ? (part as Part) : "timeline",
    attempt: raw.attempt === undefined ? undefined : String(raw.attempt),
    seq: Number.isInteger(seq) && seq > 0 ? seq : undefined,
  };
  const go = (change: Partial<TaskSearch>) => {
    const next = { ...now, ...change };
    const search: Record<string, unknown> = { attempt: next.attempt, seq: next.seq, part: next.part === "timeline" ? undefined : next.part };
    void navigate({ to: ".", search: search as never, replace: !change.part && change.seq === undefined, resetScroll: false });
  };
  return [now, go];
}
