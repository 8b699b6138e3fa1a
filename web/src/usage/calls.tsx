// The single calls of models, newest first, page after page.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../api/client";
import { Badge, Bones, Button, count, duration, Empty, money, Trouble, When, type Tone } from "../kit";
import { askCalls } from "./asking";
import { query, type Filters } from "./filters";
import { useNames } from "./names";

const PAGE = 50;
type Call = Schemas["UsageEntry"];

export function Calls({ filters, now }: { filters: Filters; now: number }) {
  const asked = query(filters, now);
  const pages = useInfiniteQuery({
    queryKey: ["usage", "calls", asked],
    queryFn: ({ pageParam }) => askCalls(asked, pageParam, PAGE),
    initialPageParam: "",
    getNextPageParam: (last) => last.next || undefined,
  });
  if (pages.error) return <Trouble error={pages.error} retry={() => void pages.refetch()} />;
  if (!pages.data) return <Bones lines={8} />;
  const calls = pages.data.pages.flatMap((page) => page.calls);
  if (!calls.length) return <Empty title="No calls of a model here">Choose a longer time, or fewer filters.</Empty>;
  return (
    <div className="stack">
      <div className="scroll-x card flush" tabIndex={0} role="region" aria-label="Calls">
        <table className="table calls">
          <thead>
            <tr>
              {["When", "Model", "Who", "For"].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
              {["Input", "Output", "Cost", "Time"].map((head) => (
                <th key={head} scope="col" className="num">
                  {head}
                </th>
              ))}
              <th scope="col">How it ended</th>
            </tr>
          </thead>
          <tbody>
            {calls.map((call) => (
              <Row key={call.id} call={call} />
            ))}
          </tbody>
        </table>
      </div>
      {pages.hasNextPage && (
        <div className="row">
          <Button onClick={() => void pages.fetchNextPage()} busy={pages.isFetchingNextPage}>
            Show {PAGE} more
          </Button>
        </div>
      )}
    </div>
  );
}

const ENDED: Record<string, [Tone, string]> = {
  "": ["plain", "Done"],
  completed: ["good", "Completed"],
  failed: ["bad", "Failed"],
  cancelled: ["plain", "Cancelled"],
  incomplete: ["warn", "Incomplete"],
  in_progress: ["info", "Running"],
  gone: ["warn", "Gone with its server"],
};

function Row({ call }: { call: Call }) {
  const names = useNames();
  const [tone, words] = ENDED[call.status] ?? ["plain", call.status];
  const kinds = [`${count(call.cached)} cached`, `${count(call.cache_written)} written to caches`].join(", ");
  return (
    <tr>
      <td className="nowrap">
        <When at={call.time} />
      </td>
      <td className="mono">
        {call.provider}/{call.model}
      </td>
      <td>
        <span dir="auto">{names("user", call.user_id)}</span>
        {call.key_id && (
          <div className="faint" dir="auto">
            key {names("key", call.key_id)}
          </div>
        )}
      </td>
      <td>
        {call.task_id ? <Link to="/tasks/$task" params={{ task: call.task_id }}>Task</Link> : call.response_id ? "Response" : "API"}
        <div className="faint truncate for" dir="auto" title={names("project", call.project_id)}>
          {names("project", call.project_id)}
        </div>
      </td>
      <td className="num" title={kinds}>
        {count(call.input)}
        {call.cached > 0 && <div className="faint">{count(call.cached)} cached</div>}
      </td>
      <td className="num">
        {count(call.output)}
        {call.reasoning > 0 && <div className="faint">{count(call.reasoning)} reasoning</div>}
      </td>
      <td className="num">{money(call.cost_usd)}</td>
      <td className="num">
        {duration(call.seconds)}
        {call.first_seconds !== null && <div className="faint">first {duration(call.first_seconds)}</div>}
      </td>
      <td>
        <span className="row wrap">
          <Badge tone={tone} live={call.open}>
            {words}
          </Badge>
          {call.estimated && <Badge tone="warn">Estimated</Badge>}
        </span>
      </td>
    </tr>
  );
}
