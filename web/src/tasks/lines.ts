// The tasks of a list: page by page as one scrolls, and brought up to date as they change.
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, data } from "../api/client";
import { onChanges } from "./changes";
import { askedFor, type Filter } from "./filters";
import { linesOf, merged, type Pages } from "./merging";

const PAGE = 100;
const MOST = 200;
/** Milliseconds after which what runs is looked at again: steps and costs are no change that a stream tells of. */
const BEAT = 5_000;

const listKey = (filter: Filter) => ["tasks", "list", askedFor(filter)] as const;

export function useLines(filter: Filter) {
  const client = useQueryClient();
  const query = useInfiniteQuery({
    queryKey: listKey(filter),
    queryFn: ({ pageParam }) => data(api.GET("/api/v1/tasks", { params: { query: { ...askedFor(filter), before: pageParam, limit: PAGE } } })),
    initialPageParam: "",
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const key = JSON.stringify(askedFor(filter));
  useEffect(() => {
    const update = (ids: readonly string[]) => {
      if (ids.length === 0 || ids.length > MOST) void client.invalidateQueries({ queryKey: listKey(filter) });
      else void bring(client, filter, ids);
    };
    const beat = setInterval(() => {
      const live = linesOf(client.getQueryData<Pages>(listKey(filter))).filter((line) => line.state === "running");
      if (live.length && document.visibilityState === "visible") update(live.slice(0, MOST).map((line) => line.id));
    }, BEAT);
    const stop = onChanges(update);
    return () => (stop(), clearInterval(beat));
    // eslint-disable-next-line -- the filter is what `key` says
  }, [client, key]);
  return query;
}

/** Ask for these tasks again, and put them where they belong. What fails is asked for again with the next change. */
async function bring(client: QueryClient, filter: Filter, ids: readonly string[]): Promise<void> {
  const query = { ...askedFor(filter), id: [...ids], limit: MOST };
  const fresh = await data(api.GET("/api/v1/tasks", { params: { query } })).catch(() => null);
  if (fresh) client.setQueryData<Pages>(listKey(filter), (pages) => pages && merged(pages, ids, fresh.tasks));
}

/** How many tasks there are in each state, whatever state is looked at. */
export function useCounts(filter: Filter) {
  const client = useQueryClient();
  const query = askedFor({ ...filter, state: "" });
  useEffect(() => onChanges(() => void client.invalidateQueries({ queryKey: ["tasks", "counts"] })), [client]);
  return useQuery({
    queryKey: ["tasks", "counts", query],
    queryFn: () => data(api.GET("/api/v1/tasks/counts", { params: { query } })),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
}

/** The tasks that wait for a person, of those that a filter lets through; also while nobody looks (`unseen`). */
export function useNeeding(filter: Filter, unseen = false) {
  const client = useQueryClient();
  const query = askedFor({ ...filter, state: "needs" });
  useEffect(() => onChanges(() => void client.invalidateQueries({ queryKey: ["tasks", "needing"] })), [client]);
  return useQuery({
    queryKey: ["tasks", "needing", query],
    queryFn: async () => (await data(api.GET("/api/v1/tasks", { params: { query: { ...query, limit: 100 } } }))).tasks,
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
    refetchIntervalInBackground: unseen,
  });
}
