// What people and the agent said: prompts and remarks, answers, reasoning, the plan, notes of one line.
import { Check, ChevronRight, Circle, CircleDot, MessageSquare, TriangleAlert, User } from "lucide-react";
import { Badge, Button, Markdown, money } from "../../kit";
import { useFold } from "../here";
import type { AskedRow, BusyRow, NoteRow, PlanRow, PlanStep, SaidRow, StepRow, TurnRow } from "../timeline/row";

const LONG = 1800;

export function TurnView({ row }: { row: TurnRow }) {
  const { event } = row;
  const parts = [`${event.provider}/${event.model}${event.effort ? ` (${event.effort})` : ""}`, event.plan ? "plan" : event.mode === "ask" ? "ask, read-only" : event.approval, `network ${event.network || "off"}`];
  return (
    <div className="turn-line">
      <strong>
        Turn {row.number || null}
        {event.resumed && ", taken up again"}
      </strong>
      <span className="faint truncate">{parts.join(" · ")}</span>
      {event.scripted && <Badge tone="warn">scripted model</Badge>}
    </div>
  );
}

export function AskedView({ row }: { row: AskedRow }) {
  const [open, toggle] = useFold(row.key);
  const long = row.text.length > LONG;
  return (
    <div className="asked">
      <p className="faint small row">
        {row.steer ? <MessageSquare size={13} aria-hidden /> : <User size={13} aria-hidden />}
        <span dir="auto">{row.by || (row.steer ? "A person" : "Prompt")}</span>
        {row.steer && <span>said meanwhile</span>}
      </p>
      <div className="said-text" dir="auto">
        {long && !open ? `${row.text.slice(0, LONG)}…` : row.text}
      </div>
      {long && (
        <Button look="quiet" small onClick={toggle} aria-expanded={open}>
          {open ? "Fold" : "Show all of it"}
        </Button>
      )}
      <Images images={row.images} />
    </div>
  );
}

export function Images({ images }: { images: readonly string[] }) {
  const safe = images.filter((image) => /^data:image\/(png|jpeg|gif|webp);base64,/.test(image));
  if (!safe.length) return images.length ? <p className="faint small">{images.length} attached</p> : null;
  return (
    <div className="row wrap">
      {safe.map((image, index) => (
        <img key={index} src={image} alt={`Attached image ${index + 1}`} className="shot" />
      ))}
    </div>
  );
}

export function SaidView({ row }: { row: SaidRow }) {
  return (
    <div className={row.live ? "said live" : "said"} aria-busy={row.live || undefined}>
      <Markdown text={row.text} />
    </div>
  );
}

export function ThoughtView({ row }: { row: SaidRow }) {
  const [open, toggle] = useFold(row.key);
  const lines = row.text.trim().split("\n");
  const first = ((row.live ? lines.at(-1) : lines[0]) ?? "").replace(/^\*\*|\*\*$/g, "");
  return (
    <div className="thought">
      <button type="button" className="fold" onClick={toggle} aria-expanded={open}>
        <ChevronRight size={14} className={open ? "turned" : ""} aria-hidden />
        <span className="faint">{row.live ? "Thinking" : "Thought"}</span>
        {!open && (
          <span className="soft truncate" dir="auto">
            {first}
          </span>
        )}
      </button>
      {open && <Markdown text={row.text} />}
    </div>
  );
}

const STEPS = {
  done: { icon: Check, words: "done" },
  in_progress: { icon: CircleDot, words: "at it" },
  pending: { icon: Circle, words: "still to do" },
} as const;

export function Checklist({ plan }: { plan: readonly PlanStep[] }) {
  return (
    <ol className="checklist">
      {plan.map((step, index) => {
        const { icon: Icon, words } = STEPS[step.status ?? "pending"];
        return (
          <li key={index} className={step.status ?? "pending"}>
            <Icon size={15} aria-hidden />
            <span dir="auto">{step.text}</span>
            <span className="sr-only">, {words}</span>
          </li>
        );
      })}
    </ol>
  );
}

export function PlanView({ row }: { row: PlanRow }) {
  const done = row.plan.filter((step) => step.status === "done").length;
  return (
    <div className="card-row">
      <p className="row spread">
        <strong>Plan</strong>
        <span className="faint small">
          {done} of {row.plan.length}
        </span>
      </p>
      <Checklist plan={row.plan} />
      {row.note && (
        <p className="soft small" dir="auto">
          {row.note}
        </p>
      )}
    </div>
  );
}

export function StepView({ row }: { row: StepRow }) {
  const cost = money(row.unpriced ? (row.cost || null) : row.cost);
  const files = row.paths.length + row.beside.length;
  return (
    <div className="step-line faint">
      <span>Step {row.step}</span>
      {row.calls > 0 && (
        <span title={`${row.calls} model ${row.calls === 1 ? "call" : "calls"}${row.estimated ? ", tokens estimated" : ""}`}>
          {row.tokens.toLocaleString()} tokens{row.estimated && " (estimated)"}
          {" · "}
          {cost === "unknown" ? "price unknown" : cost}
          {row.sofar > row.cost && ` · ${money(row.sofar)} so far`}
        </span>
      )}
      {row.checkpoint && (
        <span className="truncate" title={[...row.paths, ...row.beside].join("\n")}>
          checkpoint <code>{row.checkpoint.slice(0, 8)}</code> · {files} {files === 1 ? "file" : "files"}
          {row.beside.length > 0 && ` (${row.beside.length} by commands)`}
        </span>
      )}
    </div>
  );
}

export function NoteView({ row }: { row: NoteRow }) {
  return (
    <p className={`note ${row.tone}`} dir="auto">
      {row.tone !== "plain" && <TriangleAlert size={14} aria-label={row.tone === "bad" ? "Error" : "Warning"} />}
      <span>{row.text}</span>
    </p>
  );
}

export function BusyView({ row }: { row: BusyRow }) {
  return (
    <p className="note plain">
      <span className="dot live" aria-hidden />
      <span>{row.text}</span>
    </p>
  );
}
