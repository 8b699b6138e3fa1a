// The words for how a permission was answered.
import type { PermissionRow } from "./row";

const ANSWERS: Record<string, string> = { once: "allowed once", session: "allowed for this session", always: "always allowed", no: "refused" };

export function answeredWords({ asked, answered }: PermissionRow): string {
  const verdict = ANSWERS[answered?.verdict ?? "no"] ?? "";
  const scope = asked.scope && (answered?.verdict === "session" || answered?.verdict === "always") ? `: ${asked.scope}` : "";
  return `${verdict}${scope}${answered?.changed ? ", changed before it ran" : ""}${answered?.text ? `. “${answered.text}”` : ""}`;
}
