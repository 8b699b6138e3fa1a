// The report as the server keeps it (its JSON, version 2). What a field's absence means is said there: the default.
import { queryOptions } from "@tanstack/react-query";
import { api, data, Problem } from "../../api/client";
import type { Run, Verified } from "../timeline/verification";

export interface Evidence {
  readonly events?: readonly number[];
  readonly command?: string;
  readonly exit_code?: number | null;
  readonly sha256?: string;
  readonly artifact?: string;
  readonly tree?: string;
}

export interface Statement {
  readonly part: "asked" | "changed" | "checked" | "not checked";
  readonly text: string;
  readonly claim?: boolean;
  readonly evidence?: readonly Evidence[];
}

export interface Claim {
  readonly text: string;
  readonly standing: "seen" | "differs" | "outdated" | "not seen";
  readonly seq?: number;
  readonly note?: string;
}

export interface Check {
  readonly name: string;
  readonly state: "passed" | "failed" | "noted" | "not-measured";
  readonly text: string;
  readonly found?: readonly string[];
  readonly events?: readonly number[];
  readonly artifact?: string;
}

export interface Report {
  readonly version: number;
  readonly turn: string;
  readonly outcome: string;
  readonly why: string;
  readonly scripted: boolean;
  readonly provider: string;
  readonly model: string;
  readonly sandbox: string;
  readonly network: string;
  readonly base: string;
  readonly claims: readonly Claim[];
  readonly runs: readonly { readonly seq: number; readonly run: Omit<Run, "seq" | "command"> }[];
  readonly verified: Verified | null;
  readonly workload: { readonly workload: string; readonly checks: readonly Check[]; readonly seq?: number } | null;
  readonly not_checked: readonly string[];
  readonly refused: readonly string[];
  readonly permissions: readonly string[];
  readonly notices: readonly string[];
  readonly retries: number;
  readonly statements: readonly Statement[];
  readonly queued: number | null;
  readonly environment: string;
  readonly diff_artifact: string;
}

/** The report of an attempt's last turn; null: it has none yet. `seq` is the event that brought it, so that a newer one is asked for. */
export function reportQuery(attempt: string, seq: number) {
  return queryOptions({
    queryKey: ["attempt", attempt, "report", seq],
    queryFn: async (): Promise<Report | null> => {
      try {
        return (await data(api.GET("/api/v1/attempts/{attempt}/report.json", { params: { path: { attempt } } }))) as unknown as Report;
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      }
    },
    staleTime: 60_000,
  });
}
