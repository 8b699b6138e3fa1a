// A question that is looked at, and that somebody else answers: it goes away, so it must be said why.
import { useEffect, useRef } from "react";
import { say } from "../../kit";
import { useMe } from "../../session/me";
import { answeredWords } from "../timeline/answered";
import type { PermissionRow, Row } from "../timeline/row";

export function useOvertaken(question: PermissionRow | undefined, rows: readonly Row[], may: boolean): void {
  const me = useMe();
  const before = useRef<PermissionRow | undefined>(undefined);
  useEffect(() => {
    const seen = before.current;
    before.current = question;
    if (!may || !seen || seen.key === question?.key) return;
    const now = rows.find((row) => row.key === seen.key);
    const answered = now?.kind === "permission" ? now.answered : null;
    if (!answered || now?.kind !== "permission" || answered.by === me.name || answered.by === "rule") return;
    const asks = now.asked.effect === "ask";
    say(`${answered.by} answered first: ${asks ? answered.text || answered.verdict : answeredWords(now)}`, "info");
  }, [question, rows, may, me.name]);
}
