// The rooms of the settings, and who sees which.
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Me } from "../session/me";

export const PLACES = {
  profile: "Profile",
  keys: "API keys",
  webhooks: "Webhooks",
  users: "People",
  roles: "Roles",
  "all-keys": "Everybody’s keys",
  connections: "Forges",
  models: "Models",
  workers: "Workers",
  audit: "Audit log",
  server: "Server",
} as const;

export type Place = keyof typeof PLACES;

const OWN: readonly Place[] = ["profile", "keys", "webhooks"];
const SERVER: readonly Place[] = ["users", "roles", "all-keys", "connections", "models", "workers", "audit", "server"];

/** Groups of rooms, as far as somebody may see them. Who sets a project up may read what was done in it. */
export function rooms(me: Pick<Me, "is_admin" | "roles">): { title: string; places: readonly Place[] }[] {
  const chronicle = Object.values(me.roles).includes("admin");
  const others: readonly Place[] = me.is_admin ? SERVER : ["models", ...(chronicle ? (["audit"] as const) : []), "server"];
  return [
    { title: "You", places: OWN },
    { title: me.is_admin ? "Administration" : "This server", places: others },
  ];
}

/** The room that an address asks for, if one may be there; else the first. */
export function placeOf(asked: unknown, me: Pick<Me, "is_admin" | "roles">): Place {
  const all = rooms(me).flatMap((group) => group.places);
  return all.find((place) => place === asked) ?? "profile";
}

type Search = Record<string, string>;

/** The search of the address as texts, and a way to change some of it (empty: taken away). */
export function useAsked(): [Search, (change: Search) => void] {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const asked = Object.fromEntries(Object.entries(search).map(([name, value]) => [name, typeof value === "string" ? value : String(value ?? "")]));
  return [asked, (change) => void navigate({ to: "/admin", search: Object.fromEntries(Object.entries({ ...asked, ...change }).filter(([, value]) => value)), replace: true })];
}
