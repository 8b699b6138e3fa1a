// Into the sandbox of a running attempt: a terminal, its files, the ports of servers in it.
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { MonitorOff } from "lucide-react";
import { Tabs as T } from "radix-ui";
import { lazy, Suspense, useRef, useState, type ReactNode } from "react";
import { api, data, type Schemas } from "../api/client";
import { Badge, Bones, Empty, Trouble } from "../kit";
import { Browser } from "./browser";
import "./inside.css";
import { Ports } from "./ports";

const Terminal = lazy(() => import("./terminal"));

type View = Schemas["View"];
type Place = "terminal" | "files" | "ports";

const STATES: Record<View["state"], { badge: ReactNode; title: string; text: string }> = {
  open: { badge: <Badge tone="good" live>Open</Badge>, title: "", text: "" },
  opening: {
    badge: <Badge tone="warn" dot>Not open</Badge>,
    title: "The sandbox is not open now",
    text: "It opens when the agent first uses it, and is closed while the change is verified. This page looks again by itself.",
  },
  ended: { badge: <Badge>Ended</Badge>, title: "This attempt is not running", text: "Its sandbox is gone. The change, the report and the log are on the task's page." },
  elsewhere: {
    badge: <Badge tone="warn" dot>Elsewhere</Badge>,
    title: "Its worker is on another machine",
    text: "A sandbox can be looked into from the server that runs on the same machine as its worker.",
  },
};

export default function Page() {
  const { attempt = "" } = useParams({ strict: false });
  const { data: view, error, refetch } = useQuery({
    queryKey: ["attempt", attempt, "inside"],
    queryFn: () => data(api.GET("/api/v1/attempts/{attempt}/inside", { params: { path: { attempt } } })),
    refetchInterval: (query) => (query.state.data?.state === "ended" ? false : query.state.data?.state === "open" ? 5000 : 2000),
  });
  const entered = useRef(false);
  if (view?.state === "open") entered.current = true;
  if (error && !view)
    return (
      <div className="page">
        <Trouble page error={error} retry={() => void refetch()} />
      </div>
    );
  if (!view)
    return (
      <div className="page">
        <Bones lines={6} />
      </div>
    );
  return (
    <div className="page full inside">
      <div className="page-head">
        <h1 className="truncate">
          Inside attempt {view.number} of{" "}
          <Link to="/tasks/$task" params={{ task: view.task }} dir="auto" title={view.title}>
            {view.title}
          </Link>
        </h1>
        {STATES[view.state].badge}
      </div>
      {view.state !== "open" && entered.current && (
        <p className="inside-over" role="status">
          {STATES[view.state].title}. What you see below is what was there last.
        </p>
      )}
      {entered.current ? <Places view={view} /> : <Closed view={view} />}
    </div>
  );
}

function Closed({ view }: { view: View }) {
  const { title, text } = STATES[view.state];
  return (
    <Empty
      title={title}
      icon={<MonitorOff size={32} aria-hidden />}
      action={
        <Link className="btn" to="/tasks/$task" params={{ task: view.task }}>
          Go to the task
        </Link>
      }
    >
      {text}
    </Empty>
  );
}

function Places({ view }: { view: View }) {
  const [place, setPlace] = useState<Place>(view.may_enter ? "terminal" : "files");
  const first = useRef<HTMLButtonElement>(null);
  return (
    <T.Root value={place} onValueChange={(now) => setPlace(now as Place)} className="inside-places">
      <T.List className="tabs-list" aria-label="What to look at">
        <T.Trigger value="terminal" className="tab" ref={first}>
          Terminal
        </T.Trigger>
        <T.Trigger value="files" className="tab">
          Files
        </T.Trigger>
        <T.Trigger value="ports" className="tab">
          Ports {view.ports.length > 0 && <span className="faint">{view.ports.length}</span>}
        </T.Trigger>
      </T.List>
      {/* The terminal stays where it is while one looks elsewhere: with it its shell would go. */}
      <T.Content value="terminal" className="inside-place" forceMount hidden={place !== "terminal"}>
        {view.may_enter ? (
          <Suspense fallback={<Bones lines={6} />}>
            <Terminal attempt={view.attempt} shown={place === "terminal"} onLeave={() => first.current?.focus()} />
          </Suspense>
        ) : (
          <Empty title="A terminal is not for viewers">It can change the agent's work, so it needs the role member in the project. You may look at the files.</Empty>
        )}
      </T.Content>
      <T.Content value="files" className="inside-place">
        <Browser attempt={view.attempt} />
      </T.Content>
      <T.Content value="ports" className="inside-place">
        <Ports attempt={view.attempt} ports={view.ports} mayEnter={view.may_enter} />
      </T.Content>
    </T.Root>
  );
}
