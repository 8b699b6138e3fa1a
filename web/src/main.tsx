import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { Tooltip } from "radix-ui";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Problem } from "./api/client";
import "./kit/kit.css";
import { routerFor } from "./routes";
import { meQuery } from "./session/me";
import { applyTheme } from "./shell/theme";
import "./styles/base.css";
import "./styles/tokens.css";

applyTheme();

const client: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 3 && !(error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429),
    },
  },
  queryCache: new QueryCache({
    // Whose sign-in has ended is asked to sign in again, and comes back to where they were.
    onError: (error) => {
      if (error instanceof Problem && error.status === 401) {
        client.setQueryData(meQuery.queryKey, null);
        const after = location.pathname.replace(/^\/app/, "") + location.search;
        void router.navigate({ to: "/sign-in", search: { after } });
      }
    },
  }),
});
const router = routerFor(client);

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <Tooltip.Provider>
        <RouterProvider router={router} />
      </Tooltip.Provider>
    </QueryClientProvider>
  </StrictMode>,
);
