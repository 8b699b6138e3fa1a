// Who is signed in. The cookie is the browser's alone; the token that guards what changes something is kept in memory.
import { queryOptions, useQuery, type QueryClient } from "@tanstack/react-query";
import { api, bring, data, Problem, type Schemas } from "../api/client";

export type Me = Schemas["Me"];
export type Role = "viewer" | "member" | "admin";

const RANK: Record<Role, number> = { viewer: 1, member: 2, admin: 3 };

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async (): Promise<Me | null> => {
    try {
      const me = await data(api.GET("/api/v1/me"));
      bring(me.csrf);
      return me;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

/** Who is signed in. Only within pages that ask for it: there is somebody. */
export function useMe(): Me {
  const { data: me } = useQuery(meQuery);
  return me as Me;
}

/** Whether somebody may do in a project what needs this role. */
export function may(me: Me, project: string, needed: Role): boolean {
  if (me.is_admin) return true;
  const role = me.roles[project] as Role | undefined;
  return !!role && RANK[role] >= RANK[needed];
}

export async function signOut(client: QueryClient): Promise<void> {
  await api.POST("/api/v1/sign-out");
  bring("");
  client.clear();
}
