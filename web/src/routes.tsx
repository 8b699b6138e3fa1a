// Every page and its address, below /app. A page's code comes when it is first asked for.
import { createRootRouteWithContext, createRoute, createRouter, Link, redirect, type ErrorComponentProps } from "@tanstack/react-router";
import type { QueryClient } from "@tanstack/react-query";
import { lazy, Suspense, type ReactNode } from "react";
import { Bones, Empty, Trouble } from "./kit";
import { Enter } from "./session/enter";
import { meQuery } from "./session/me";
import { FirstRun, SignIn, Welcome } from "./session/sign-in";
import { Layout } from "./shell/layout";

const root = createRootRouteWithContext<{ client: QueryClient }>()({ notFoundComponent: NotFound });

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Layout,
  beforeLoad: async ({ context, location, matches }) => {
    void codes.get(matches.at(-1)?.fullPath ?? "")?.().catch(() => undefined);
    const me = await context.client.ensureQueryData(meQuery);
    if (!me) throw redirect({ to: "/sign-in", search: { after: location.href.replace(/^\/app/, "") } });
  },
});

type Shown = () => ReactNode;
type Load = () => Promise<{ default: Shown }>;

/** The code of each page, by its address: asked for while it is still asked who one is. */
const codes = new Map<string, Load>();

function page(load: Load): Shown {
  const Page = lazy(load);
  return () => (
    <Suspense
      fallback={
        <div className="page">
          <Bones lines={6} />
        </div>
      }
    >
      <Page />
    </Suspense>
  );
}

/** What stands behind the `?` of an address: each page reads what it knows. */
type Search = Record<string, unknown>;

const at = <P extends string>(path: P, load: Load) => {
  codes.set(path, load);
  return createRoute({ getParentRoute: () => inside, path, component: page(load), validateSearch: (search: Record<string, unknown>) => search as Search });
};
const outside = <P extends string>(path: P, component: Shown) =>
  createRoute({ getParentRoute: () => root, path, component, validateSearch: (search: Record<string, unknown>) => search as { after?: string; token?: string } });

const tree = root.addChildren([
  inside.addChildren([
    at("/", () => import("./tasks/list")),
    at("/new", () => import("./tasks/composer")),
    at("/tasks/$task", () => import("./task/page")),
    at("/tasks/$task/review", () => import("./review/page")),
    at("/attempts/$attempt/inside", () => import("./inside/page")),
    at("/projects", () => import("./projects/list")),
    at("/projects/$project", () => import("./projects/page")),
    at("/projects/$project/environments/$environment", () => import("./projects/environment")),
    at("/usage", () => import("./usage/page")),
    at("/admin", () => import("./admin/page")),
  ]),
  outside("/sign-in", SignIn),
  outside("/first-run", FirstRun),
  outside("/welcome", Welcome),
  outside("/enter", Enter),
]);

function NotFound() {
  return (
    <main className="page">
      <Empty page title="There is no such page" action={<Link to="/">Go to the tasks</Link>} />
    </main>
  );
}

function Broken({ error, reset }: ErrorComponentProps) {
  return (
    <main className="page">
      <Trouble page error={error} retry={reset} />
    </main>
  );
}

export function routerFor(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    basepath: "/app",
    context: { client },
    defaultErrorComponent: Broken,
    defaultPreload: "intent",
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof routerFor>;
  }
}
