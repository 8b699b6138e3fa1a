// What the rows can have done, handed down once.
import { createContext, use } from "react";
import type { Remark, Spot } from "../remarks/spot";
import type { Gap } from "./gaps";
import type { ChangedFile } from "./rows";

export type Part = "up" | "down" | "all";

export interface Doing {
  attempt: string;
  /** An earlier head, where what is new since then is shown. */
  since: string;
  /** One may remark: on the new side always, on the base's where the whole change is shown. */
  mayRemark: boolean;
  shut: ReadonlySet<string>;
  viewed: ReadonlySet<string>;
  drafts: Map<string, string>;
  busy: boolean;
  name: (user: string) => string;
  /** Which review carried a remark, in words. */
  sentWith: (remark: Remark) => string;
  open: (spot: Spot) => void;
  close: (spot: Spot) => void;
  save: (spot: Spot, text: string) => Promise<void>;
  reword: (remark: Remark, text: string) => Promise<void>;
  discard: (remark: Remark) => void;
  shutOrOpen: (file: ChangedFile) => void;
  see: (file: ChangedFile) => void;
  ask: (file: ChangedFile) => void;
  reveal: (file: ChangedFile, gap: Gap, part: Part) => void;
  /** The lines of the shown side, as far as they are known. */
  textAt: (file: ChangedFile, spot: Spot) => string[];
}

export const Doings = createContext<Doing | null>(null);

export function useDoing(): Doing {
  return use(Doings) as Doing;
}
