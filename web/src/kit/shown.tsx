// How things are shown everywhere: states, times, money, sizes, emptiness, trouble, what an agent wrote.
import { CircleAlert, Inbox } from "lucide-react";
import { lazy, Suspense, useEffect, useState, type CSSProperties, type ReactNode } from "react";
import { Problem } from "../api/client";
import { Button } from "./controls";

export type Tone = "plain" | "good" | "warn" | "bad" | "info";

export function Badge({ tone = "plain", live, dot, children }: { tone?: Tone; live?: boolean; dot?: boolean; children: ReactNode }) {
  return (
    <span className={tone === "plain" ? "badge" : `badge ${tone}`}>
      {(dot || live) && <span className={live ? "dot live" : "dot"} aria-hidden />}
      {children}
    </span>
  );
}

const STATES: Record<string, [Tone, string]> = {
  queued: ["plain", "Queued"],
  running: ["info", "Running"],
  needs_input: ["warn", "Needs you"],
  review: ["info", "In review"],
  merged: ["good", "Merged"],
  answered: ["good", "Answered"],
  failed: ["bad", "Failed"],
  cancelled: ["plain", "Cancelled"],
  over_budget: ["warn", "Over budget"],
  paused: ["plain", "Paused"],
};

/** A task's or attempt's state, in words that are never colour alone. `asks`: what runs waits for a person meanwhile. */
export function State({ of, asks }: { of: string; asks?: boolean }) {
  if (asks && of === "running")
    return (
      <Badge tone="warn" dot live>
        Needs you
      </Badge>
    );
  const [tone, words] = STATES[of] ?? ["plain", of];
  return (
    <Badge tone={tone} dot live={of === "running"}>
      {words}
    </Badge>
  );
}

const VERDICTS: Record<string, [Tone, string]> = {
  verified: ["good", "Verified"],
  "not-verified": ["warn", "Not proved"],
  contradicted: ["bad", "Contradicted"],
  "not-run": ["plain", "Not verified"],
};

export function Verdict({ of }: { of: string }) {
  const [tone, words] = VERDICTS[of] ?? ["warn", of];
  return <Badge tone={tone}>{words}</Badge>;
}

/** `$0.0123`; never 0 for what is unknown. */
export function money(usd: number | null | undefined, unpriced = 0): string {
  if (usd === null || usd === undefined || (unpriced && !usd)) return "unknown";
  const text = usd === 0 ? "$0" : usd < 1 ? `$${usd.toFixed(4)}` : `$${usd.toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  return unpriced ? `${text} + ${unpriced} of unknown price` : text;
}

export function count(number: number): string {
  return number.toLocaleString();
}

export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function ago(seconds: number, now = Date.now() / 1000): string {
  const past = Math.max(0, now - seconds);
  if (past < 10) return "just now";
  if (past < 60) return `${Math.floor(past)} s ago`;
  if (past < 3600) return `${Math.floor(past / 60)} min ago`;
  if (past < 86_400) return `${Math.floor(past / 3600)} h ago`;
  if (past < 14 * 86_400) return `${Math.floor(past / 86_400)} d ago`;
  return new Date(seconds * 1000).toLocaleDateString();
}

/** When something was, in seconds since 1970; the exact time on hover. */
export function When({ at }: { at: number }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 20_000);
    return () => clearInterval(timer);
  }, []);
  const exact = new Date(at * 1000);
  return (
    <time dateTime={exact.toISOString()} title={exact.toLocaleString()}>
      {ago(at)}
    </time>
  );
}

/** Nothing is here, and what to do about it. `page`: it is all that the page has, so that its title is the page's. */
export function Empty({ title, children, icon, action, page }: { title: string; children?: ReactNode; icon?: ReactNode; action?: ReactNode; page?: boolean }) {
  const Title = page ? "h1" : "h2";
  return (
    <div className="empty">
      {icon ?? <Inbox size={32} aria-hidden />}
      <Title>{title}</Title>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

/** A message as a sentence of its own: the server's begin small and end without a stop, as they do in a terminal. */
export function sentence(message: string): string {
  const begun = /^[a-z]+(?=[\s,:])/.test(message) ? message[0]!.toUpperCase() + message.slice(1) : message;
  return /[.!?:…"'”)\]}]$/.test(begun) ? begun : `${begun}.`;
}

/** What went wrong, and what to do about it. `page`: it is all that the page has, so that what it says is the page's title. */
export function Trouble({ error, retry, page }: { error: unknown; retry?: () => void; page?: boolean }) {
  const problem = error instanceof Problem ? error : null;
  const text = sentence(error instanceof Error ? error.message : String(error));
  const Title = page ? "h1" : "strong";
  return (
    <div className="trouble" role="alert">
      <CircleAlert size={18} aria-hidden />
      <div className="stack grow">
        <div dir="auto">
          <Title>{text}</Title> {problem?.fix}
        </div>
        {problem?.request && problem.status >= 500 && <p className="faint mono">Request {problem.request}</p>}
      </div>
      {retry && (
        <Button small onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

export function Bone({ height = 16, width = "100%" }: { height?: number; width?: CSSProperties["width"] }) {
  return <span className="bone" aria-hidden style={{ height, width }} />;
}

export function Bones({ lines = 4 }: { lines?: number }) {
  return (
    <div className="stack" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        <Bone key={index} height={index ? 16 : 22} width={index ? `${92 - ((index * 17) % 40)}%` : "40%"} />
      ))}
    </div>
  );
}

export function Key({ children }: { children: ReactNode }) {
  return <kbd className="key">{children}</kbd>;
}

const Markdowned = lazy(() => import("./markdown"));

/** What an agent or a person wrote, as Markdown: no HTML of theirs, no image from elsewhere. */
export function Markdown({ text }: { text: string }) {
  return (
    <Suspense fallback={<div className="markdown" style={{ whiteSpace: "pre-wrap" }}>{text}</div>}>
      <Markdowned text={text} />
    </Suspense>
  );
}
