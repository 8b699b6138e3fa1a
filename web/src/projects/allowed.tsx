// What somebody may not do is shown all the same, with why, and whom to ask.
import { useQuery } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import type { ReactElement } from "react";
import { Tip } from "../kit";
import { may, useMe, type Role } from "../session/me";
import { asks } from "./asks";

const NEEDS: Record<Role, string> = { viewer: "a role in this project", member: "the role member or admin in this project", admin: "the role admin in this project" };

export interface Allowed {
  ok: boolean;
  why: string;
}

/** Whether the signed-in person may do in a project what needs this role, and the words for it where not. */
export function useAllowed(project: string, needed: Role): Allowed {
  const me = useMe();
  const ok = may(me, project, needed);
  return { ok, why: ok ? "" : `This needs ${NEEDS[needed]}. You are ${me.roles[project] ?? "not a member"}.` };
}

/** The names of those who administer the server: whom to ask. */
export function useAdministrators(): string {
  const { data: users } = useQuery(asks.users());
  const names = users?.filter((user) => user.is_admin && !user.disabled).map((user) => user.name) ?? [];
  return names.length > 3 ? `${names.slice(0, 3).join(", ")} or another administrator` : names.join(" or ") || "an administrator";
}

/** A control that is disabled for a reason: the reason is said on hover and focus. */
export function Because({ why, children }: { why: string; children: ReactElement }) {
  if (!why) return children;
  return (
    <Tip text={why}>
      <span className="because" tabIndex={0} aria-label={why}>
        {children}
      </span>
    </Tip>
  );
}

export function ReadOnly({ why }: { why: string }) {
  return (
    <p className="note">
      <Lock size={15} aria-hidden /> <span>{why} You can read everything here.</span>
    </p>
  );
}
