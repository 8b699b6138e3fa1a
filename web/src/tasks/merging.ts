// A list's pages, and what became of some of its tasks meanwhile: changed, new, or no longer of those that are asked for.
import type { InfiniteData } from "@tanstack/react-query";
import type { Schemas } from "../api/client";
import type { Line } from "./filters";

export type Page = Schemas["TaskPage"];
export type Pages = InfiniteData<Page, unknown>;

export function linesOf(pages: Pages | undefined): Line[] {
  return pages?.pages.flatMap((page) => page.tasks) ?? [];
}

/** The pages with `fresh` in them, in order (ids sort by time, the newest first). Of `asked` what is not fresh does not belong any
 * more. A task older than all that were fetched comes with its own page. */
export function merged(pages: Pages, asked: readonly string[], fresh: readonly Line[]): Pages {
  const known = new Map(linesOf(pages).map((line) => [line.id, line]));
  const now = new Map(fresh.map((line) => [line.id, line]));
  if (asked.every((id) => same(known.get(id), now.get(id)))) return pages;
  const oldest = pages.pages.at(-1)?.next ?? "";
  const coming = fresh.filter((line) => !known.has(line.id) && (!oldest || line.id > oldest));
  const gone = new Set(asked.filter((id) => !now.has(id)));
  const first = pages.pages.map((page) => page.tasks.at(-1)?.id ?? "");
  const changed = pages.pages.map((page, index) => {
    const kept = page.tasks.filter((line) => !gone.has(line.id)).map((line) => now.get(line.id) ?? line);
    const last = index === pages.pages.length - 1 ? "" : (first[index] ?? "");
    const above = index ? (first[index - 1] ?? "") : "";
    const here = coming.filter((line) => line.id > last && (!above || line.id < above));
    return { ...page, tasks: here.length ? [...kept, ...here].sort((a, b) => (a.id < b.id ? 1 : -1)) : kept };
  });
  return { ...pages, pages: changed };
}

function same(one: Line | undefined, other: Line | undefined): boolean {
  return one === other || (!!one && !!other && JSON.stringify(one) === JSON.stringify(other));
}
