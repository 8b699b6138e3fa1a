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
  beforeLoad: async ({ context, location }) => {
    const me = await context.client.ensureQueryData(meQuery);
    if (!me) throw redirect({ to: "/sign-in", search: { after: location.href.replace(/^\/app/, "") } });
  },
});

type Shown = () => ReactNode;

function page(load: () => Promise<{ default: Shown }>): Shown {
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

const at = <P extends string>(path: P, component: Shown) =>
  createRoute({ getParentRoute: () => inside, path, component, validateSearch: (search: Record<string, unknown>) => search as Search });
const outside = <P extends string>(path: P, component: Shown) =>
  createRoute({ getParentRoute: () => root, path, component, validateSearch: (search: Record<string, unknown>) => search as { after?: string; token?: string } });

const tree = root.addChildren([
  inside.addChildren([
    at("/", page(() => import("./tasks/list"))),
    at("/new", page(() => import("./tasks/composer"))),
    at("/tasks/$task", page(() => import("./task/page"))),
    at("/tasks/$task/review", page(() => import("./review/page"))),
    at("/attempts/$attempt/inside", page(() => import("./inside/page"))),
    at("/projects", page(() => import("./projects/list"))),
    at("/projects/$project", page(() => import("./projects/page"))),
    at("/projects/$project/environments/$environment", page(() => import("./projects/environment"))),
    at("/usage", page(() => import("./usage/page"))),
    at("/admin", page(() => import("./admin/page"))),
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
      <Trouble error={error} retry={reset} />
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
