// Who did what in a project, newest first. For those who administer it.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, data } from "../api/client";
import { Bones, Button, Empty, Trouble, When } from "../kit";
import { useAllowed } from "./allowed";
import { asks, type Project } from "./asks";

const PAGE = 50;

export function Audit({ project }: { project: Project }) {
  const { ok, why } = useAllowed(project.id, "admin");
  const users = useQuery({ ...asks.users(), enabled: ok });
  const audit = useInfiniteQuery({
    queryKey: ["project", project.name, "audit"],
    queryFn: ({ pageParam }) => data(api.GET("/api/v1/audit", { params: { query: { project: project.id, before: pageParam, limit: PAGE } } })),
    initialPageParam: 0,
    getNextPageParam: (last) => (last.length === PAGE ? last[last.length - 1]?.number : undefined),
    enabled: ok,
  });
  if (!ok) return <Empty title="The audit log is for administrators of the project">{why}</Empty>;
  if (audit.isPending) return <Bones lines={6} />;
  if (audit.error) return <Trouble error={audit.error} retry={() => void audit.refetch()} />;
  const entries = audit.data.pages.flat();
  if (!entries.length) return <Empty title="Nothing yet" />;
  const names = new Map(users.data?.map((user) => [user.id, user.name]));
  return (
    <div className="stack">
      <div className="scroll-x card" tabIndex={0} aria-label="Audit log">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">Did</th>
              <th scope="col">What about it</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((one) => (
              <tr key={one.number}>
                <td>
                  <When at={one.time} />
                </td>
                <td dir="auto">
                  {names.get(one.user_id) ?? (one.user_id || "Pullwright")}
                  {one.key_id && <span className="faint"> by key</span>}
                </td>
                <td className="mono">{one.action}</td>
                <td dir="auto">{told(one.detail)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {audit.hasNextPage && (
        <div>
          <Button busy={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
            Older ones
          </Button>
        </div>
      )}
    </div>
  );
}

function told(detail: Record<string, unknown>): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== "" && value !== null)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(" · ");
}
