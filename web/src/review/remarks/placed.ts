// All remarks on an attempt, each at its place in what is shown.
import { useMemo } from "react";
import { useCarried, type Reviews } from "../data";
import type { ChangedFile } from "../difference/rows";
import { place, type Placed } from "./placing";

interface PlacedIn {
  attempt: string;
  head: string;
  since: string;
  reviews: Reviews;
  files: readonly ChangedFile[];
}

/** Earlier heads whose differences are asked for; remarks of older ones stand above their files. */
const MOST = 5;

export function usePlaced({ attempt, head, since, reviews }: PlacedIn): readonly Placed[] {
  const [sent, waiting] = useMemo(() => [reviews.sent, reviews.waiting].map((all) => all.filter((one) => one.attempt_id === attempt)) as [Reviews["sent"], Reviews["waiting"]], [reviews, attempt]);
  const heads = useMemo(() => {
    const earlier = [...sent, ...waiting].filter((one) => one.line && one.side === "new" && one.head && one.head !== head && one.head !== since);
    return [...new Set(earlier.map((one) => one.head).reverse())].slice(0, MOST);
  }, [sent, waiting, head, since]);
  const carried = useCarried(attempt, head, heads);
  return useMemo(() => {
    const shown = { head, since };
    return [...sent.map((one) => place(one, false, shown, carried)), ...waiting.map((one) => place(one, true, shown, carried))];
  }, [sent, waiting, head, since, carried]);
}
