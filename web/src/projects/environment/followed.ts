// A setup while it runs: what its script says, and how it stands.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Schemas } from "../../api/client";
import { listen, type Line } from "../../api/stream";
import { asks } from "../asks";

export type Setup = Schemas["Setup"];

export interface Followed {
  /** What it said, in the pieces that came: a long log is not looked through again for each new line. */
  pieces: readonly string[];
  /** Bytes that were said before these pieces, and are no longer shown. */
  dropped: number;
  row: Setup | null;
  line: Line;
}

/** Characters of a log that a page holds. The whole of it is at the server. */
export const MOST = 400_000;
const NOTHING: Followed = { pieces: [], dropped: 0, row: null, line: "connecting" };

export function added(now: Followed, text: string): Followed {
  const pieces = [...now.pieces, text];
  let { dropped } = now;
  let held = pieces.reduce((sum, piece) => sum + piece.length, 0);
  while (held > MOST && pieces.length > 1) {
    const gone = pieces.shift() ?? "";
    held -= gone.length;
    dropped += gone.length;
  }
  return { ...now, pieces, dropped };
}

/** Follow a setup to its end; empty: none. */
export function useFollowed(project: string, environment: string, setup: string): Followed {
  const client = useQueryClient();
  const [now, setNow] = useState<Followed>(NOTHING);
  useEffect(() => {
    setNow(NOTHING);
    if (!setup) return;
    const path = ["projects", project, "environments", environment, "setups", setup].map(encodeURIComponent).join("/");
    const stop = listen(`/api/v1/${path}/stream`, {
      onLine: (line) => setNow((before) => (before.row && before.row.state !== "running" ? before : { ...before, line })),
      onFrame: ({ event, data }) => {
        if (event !== "setup") return setNow((before) => added(before, JSON.parse(data) as string));
        const row = JSON.parse(data) as Setup;
        setNow((before) => ({ ...before, row }));
        if (row.state !== "running") {
          stop();
          void client.invalidateQueries({ queryKey: asks.setups(project, environment).queryKey });
          void client.invalidateQueries({ queryKey: asks.readiness(project, environment).queryKey });
        }
      },
    });
    return stop;
  }, [client, project, environment, setup]);
  return now;
}
