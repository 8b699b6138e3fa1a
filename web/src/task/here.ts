// Which attempt the rows belong to, and what in them was unfolded: a row that scrolls out of sight and back is as it was left.
import { createContext, useContext, useState } from "react";

export interface Here {
  readonly attempt: string;
  /** Go to an event of the log. */
  readonly open: (seq: number) => void;
}

export const HereContext = createContext<Here>({ attempt: "", open: () => undefined });
export const useHere = () => useContext(HereContext);

const unfolded = new Map<string, boolean>();

export function useFold(key: string, initially = false): [boolean, () => void] {
  const { attempt } = useHere();
  const name = `${attempt} ${key}`;
  const [open, setOpen] = useState(() => unfolded.get(name) ?? initially);
  return [
    open,
    () => {
      unfolded.set(name, !open);
      setOpen(!open);
    },
  ];
}
