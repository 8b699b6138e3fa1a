// The routes of usage answer in JSON or as a table; here it is JSON that is asked for.
import { api, data, type Schemas } from "../api/client";
import type { query } from "./filters";
import type { Sum } from "./series";

type Asked = ReturnType<typeof query>;

export async function askSums(asked: Asked, by: readonly ("day" | "project" | "user" | "model" | "task" | "key")[]): Promise<Sum[]> {
  return (await data(api.GET("/api/v1/usage", { params: { query: { ...asked, by: [...by] } } }))) as Sum[];
}

export async function askCalls(asked: Asked, before: string, limit: number): Promise<Schemas["UsagePage"]> {
  return (await data(api.GET("/api/v1/usage/calls", { params: { query: { ...asked, before, limit } } }))) as Schemas["UsagePage"];
}
