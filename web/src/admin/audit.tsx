// Who did what to which object, newest first.
import { useInfiniteQuery } from "@tanstack/react-query";
import { ScrollText } from "lucide-react";
import { api, data, type Schemas } from "../api/client";
import { Bones, Button, Choice, Empty, Input, Trouble, When } from "../kit";
import { may, useMe } from "../session/me";
import { usePeople, useProjects } from "../usage/names";
import { useAsked } from "./places";

const PAGE = 100;
const SINCE: Record<string, string> = { "": "Ever", "1d": "The last day", "7d": "The last 7 days", "30d": "The last 30 days" };
const DAYS: Record<string, number> = { "1d": 1, "7d": 7, "30d": 30 };
const KINDS = ["budget.", "connection.", "environment.", "key.", "member.", "project.", "schedule.", "secret.", "server.", "task.", "user.", "user.sign_in", "webhook."];

type Entry = Schemas["AuditEntry"];

export function Audit() {
  const me = useMe();
  const [asked, ask] = useAsked();
  const people = usePeople();
  const projects = useProjects();
  const seen = projects.data?.filter((one) => may(me, one.id, "admin")) ?? [];
  const { user = "", action = "", object = "", since = "" } = asked;
  const project = asked.project || (me.is_admin ? "" : (seen[0]?.id ?? ""));
  const days = DAYS[since];
  const from = days ? Math.floor(Date.now() / 60_000) * 60 - days * 86_400 : 0;
  const list = useInfiniteQuery({
    queryKey: ["audit", project, user, action, object, since],
    queryFn: ({ pageParam }) => data(api.GET("/api/v1/audit", { params: { query: { project, user, action, object, since: from, before: pageParam, limit: PAGE } } })),
    initialPageParam: 0,
    getNextPageParam: (last) => (last.length === PAGE ? last.at(-1)?.number : undefined),
    enabled: me.is_admin || !!project,
  });
  const entries = list.data?.pages.flat();
  return (
    <>
      <div className="filter-bar">
        <Choice label="Project" value={project} onChange={(event) => ask({ project: event.target.value })}>
          {me.is_admin && <option value="">All, and the server</option>}
          {seen.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </Choice>
        <Choice label="Person" value={user} onChange={(event) => ask({ user: event.target.value })}>
          <option value="">Everybody</option>
          {people.data?.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </Choice>
        <Asked label="Action" value={action} onAsk={(value) => ask({ action: value })} list="actions" hint="key. is all of keys" />
        <datalist id="actions">
          {KINDS.map((kind) => (
            <option key={kind} value={kind} />
          ))}
        </datalist>
        <Asked label="Object’s id" value={object} onAsk={(value) => ask({ object: value })} />
        <Choice label="When" value={since} onChange={(event) => ask({ since: event.target.value })}>
          {Object.entries(SINCE).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </Choice>
      </div>
      {list.error ? (
        <Trouble error={list.error} retry={() => void list.refetch()} />
      ) : !entries ? (
        <Bones lines={8} />
      ) : !entries.length ? (
        <Empty icon={<ScrollText size={32} aria-hidden />} title="Nothing of that kind was done" />
      ) : (
        <ol className="lines">
          {entries.map((entry) => (
            <Line key={entry.number} entry={entry} names={new Map(people.data?.map((one) => [one.id, one.name]))} projects={new Map(projects.data?.map((one) => [one.id, one.name]))} />
          ))}
        </ol>
      )}
      {list.hasNextPage && (
        <div className="row">
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show {PAGE} more
          </Button>
        </div>
      )}
    </>
  );
}

/** A text that is asked for once it is written: on Enter, or on leaving the field. */
function Asked({ label, value, onAsk, list, hint }: { label: string; value: string; onAsk: (value: string) => void; list?: string; hint?: string }) {
  return (
    <Input
      key={value}
      label={label}
      defaultValue={value}
      list={list}
      placeholder={hint ?? "Any"}
      spellCheck={false}
      autoComplete="off"
      onBlur={(event) => event.target.value.trim() !== value && onAsk(event.target.value.trim())}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}

function Line({ entry, names, projects }: { entry: Entry; names: Map<string, string>; projects: Map<string, string> }) {
  const who = entry.user_id ? (names.get(entry.user_id) ?? entry.user_id) : "Pullwright";
  const about = [entry.key_id && `with the key ${entry.key_id}`, entry.address && `from ${entry.address}`].filter(Boolean).join(" ");
  const detail = Object.keys(entry.detail).length > 0;
  return (
    <li className="line audit-line">
      <details className="grow">
        <summary className="row wrap">
          <code>{entry.action}</code>
          <strong className="breaks" dir="auto">
            {who}
          </strong>
          <span className="mono faint breaks">{names.get(entry.object) ?? projects.get(entry.object) ?? entry.object}</span>
          {entry.project_id && <span className="soft breaks">in {projects.get(entry.project_id) ?? entry.project_id}</span>}
          <span className="faint audit-when">
            <When at={entry.time} />
          </span>
        </summary>
        <div className="stack tight audit-detail">
          <p className="soft breaks">
            {new Date(entry.time * 1000).toLocaleString()} {about}
            {entry.object && (
              <>
                {" "}
                · <code>{entry.object}</code>
              </>
            )}
          </p>
          {detail ? (
            <pre className="copyable" dir="ltr" tabIndex={0}>
              {JSON.stringify(entry.detail, null, 2)}
            </pre>
          ) : (
            <p className="faint">Nothing more is noted.</p>
          )}
        </div>
      </details>
    </li>
  );
}
