// Calls of the server's API, typed by its own OpenAPI document. A refusal is thrown as a `Problem`.
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** Why a request was not done; `fix` says what to do about it (RFC 9457, as the server tells it). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly fix = "",
    readonly request = "",
    readonly fields: readonly { at: string; message: string }[] = [],
  ) {
    super(message);
  }
}

let csrf = "";

/** The sign-in's token: it goes along with whatever changes something, and is kept in memory alone. */
export function bring(token: string): void {
  csrf = token;
}

export function csrfToken(): string {
  return csrf;
}

export async function problemOf(response: Response): Promise<Problem> {
  try {
    const told = (await response.clone().json()) as Schemas["Problem"];
    return new Problem(response.status, told.detail || told.title, told.fix, told.request, told.errors);
  } catch {
    const away = response.status >= 500 ? "The server does not answer as it should." : response.statusText;
    return new Problem(response.status, away || `Status ${response.status}`, "Try again in a moment.");
  }
}

const guard: Middleware = {
  onRequest({ request }) {
    if (csrf && request.method !== "GET") request.headers.set("X-CSRF-Token", csrf);
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
    return undefined;
  },
  onError() {
    return new Problem(0, "The server cannot be reached.", "See that it runs and that you are online; this page goes on by itself.");
  },
};

export const api = createClient<paths>({ baseUrl: "/" });
api.use(guard);

/** The data of a call that was done. (A refusal was thrown before.) */
export async function data<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}
