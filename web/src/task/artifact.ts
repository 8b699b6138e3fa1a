// What is kept beside the log: whole outputs, diffs, previews. It never changes.
import { queryOptions } from "@tanstack/react-query";
import { api, data } from "../api/client";

export function artifactQuery(attempt: string, name: string) {
  return queryOptions({
    queryKey: ["attempt", attempt, "artifact", name],
    queryFn: async (): Promise<string> =>
      String(await data(api.GET("/api/v1/attempts/{attempt}/artifacts/{name}", { params: { path: { attempt, name } }, parseAs: "text" }))),
    staleTime: Infinity,
    gcTime: 120_000,
    enabled: !!name,
  });
}

export function artifactAddress(attempt: string, name: string): string {
  return `/api/v1/attempts/${encodeURIComponent(attempt)}/artifacts/${name.split("/").map(encodeURIComponent).join("/")}`;
}
