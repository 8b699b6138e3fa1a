// The draft outlives a reload, for as long as its tab: nothing of it is sent, and it is gone with the tab.
import { MODES } from "./approval";
import { EMPTY, type Draft } from "./order";

const KEY = "pullwright.draft";
const LAST = "pullwright.last-project";

export function kept(): Draft {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Partial<Draft>;
    const draft = { ...EMPTY, ...Object.fromEntries(Object.entries(found).filter(([name, value]) => typeof value === typeof EMPTY[name as keyof Draft])) };
    return MODES.some(({ value }) => value === draft.approval) ? draft : { ...draft, approval: EMPTY.approval };
  } catch {
    return EMPTY;
  }
}

/** Images are kept where there is room for them. */
export function keep(draft: Draft): void {
  for (const one of [draft, { ...draft, images: [] }]) {
    try {
      return sessionStorage.setItem(KEY, JSON.stringify(one));
    } catch {
      continue;
    }
  }
}

export function forget(): void {
  sessionStorage.removeItem(KEY);
}

/** The project of the last task that was sent from this browser. */
export function lastProject(): string {
  return localStorage.getItem(LAST) ?? "";
}

export function rememberProject(name: string): void {
  localStorage.setItem(LAST, name);
}
