// The fold from a session's events and live frames to the rows that are shown. The same events give the same rows, live or from
// a log of last week; frames only decide what is seen sooner. Feeding one costs the same however long the log is.
import { Calls, type Shelf } from "./calls";
import { textOf, type Item, type Live, type Logged, type Of } from "./event";
import type { PermissionRow, PlanRow, Row, StepRow, VerificationRow } from "./row";
import { retryWords, told } from "./said";
import { Tail } from "./tail";

/** What is known of the session beside its rows. */
export interface Facts {
  readonly turns: number;
  readonly running: boolean;
  readonly step: number;
  readonly cost: number;
  readonly unpriced: number;
  readonly tokens: number;
  readonly plan: PlanRow | null;
  /** The event that brought the newest report; 0: none yet. */
  readonly report: number;
  readonly budget: Of<"budget_reached"> | null;
  readonly scripted: boolean;
}

const NOTHING: Facts = { turns: 0, running: false, step: 0, cost: 0, unpriced: 0, tokens: 0, plan: null, report: 0, budget: null, scripted: false };

export class Timeline implements Shelf {
  readonly rows: Row[] = [];
  facts: Facts = NOTHING;
  /** The number of the last event. */
  last = 0;
  /** Raised with every change. */
  version = 0;
  /** Inputs that the agent has heard, by id. */
  readonly heard = new Set<string>();
  private readonly calls = new Calls(this);
  private readonly tail = new Tail();
  private readonly at = new Map<string, number>();
  private readonly asked = new Map<string, number>();
  /** By event number: the row that tells of it. */
  private readonly places: number[] = [];
  private turn = "";
  private said = false;

  /** `partial`: it begins somewhere within the log. What it counts is of that part alone, and its turns have no numbers. */
  constructor(private readonly partial = false) {}

  /** Take the next event; one that is known already changes nothing. */
  feed(event: Logged): void {
    if (event.seq <= this.last) return;
    this.last = event.seq;
    this.version += 1;
    this.fold(event);
    this.places[event.seq] ??= Math.max(0, this.rows.length - 1);
  }

  /** Take a live frame. */
  show(frame: Live): void {
    this.version += 1;
    if (frame.live === "output") this.calls.output(frame.call_id, frame.text);
    else this.tail.take(frame);
  }

  /** The line broke: what was live is told anew when it is back. */
  down(): void {
    this.version += 1;
    this.tail.clear();
  }

  /** All rows: those that stay, then what is being written. */
  shown(): readonly Row[] {
    const tail = this.tail.rows();
    return tail.length ? [...this.rows, ...tail] : this.rows;
  }

  /** What goes on just now. */
  now(): readonly Row[] {
    return this.tail.rows();
  }

  /** Where the row is that tells of an event; -1: nowhere. */
  rowOf(seq: number): number {
    return this.places[Math.min(seq, this.last)] ?? -1;
  }

  /** Questions that nobody has answered, the oldest first. */
  questions(): PermissionRow[] {
    return [...this.asked.values()].map((at) => this.rows[at]).filter((row) => row?.kind === "permission");
  }

  put(row: Row): number {
    this.rows.push(row);
    return this.rows.length - 1;
  }

  /** Put a row in place of the one with this name, or at the end where there is none. */
  private set(name: string, make: (before: Row | undefined) => Row): void {
    const at = this.at.get(name);
    if (at === undefined) this.at.set(name, this.put(make(undefined)));
    else this.rows[at] = make(this.rows[at]);
  }

  private know(facts: Partial<Facts>): void {
    this.facts = { ...this.facts, ...facts };
  }

  private fold(event: Logged): void {
    const base = { key: `event:${event.seq}`, seq: event.seq, time: event.time };
    switch (event.type) {
      case "turn_started":
        return this.begin(event);
      case "turn_finished":
        return this.end(event);
      case "input_received":
        return this.input(event);
      case "item_added":
        return this.item(event);
      case "model_called":
        return this.called(event);
      case "model_retried":
        this.tail.retried(retryWords(event));
        return this.note(event);
      case "checkpointed":
        return this.checkpoint(event);
      case "tool_started":
        this.tail.clear();
        return this.calls.started(event);
      case "tool_finished":
        this.tail.clear();
        return this.calls.finished(event);
      case "command_ran":
        return this.calls.ran(event);
      case "files_changed":
        this.calls.told(event.call_id ?? "");
        return this.edit(event, false);
      case "person_edited":
        return this.edit(event, true);
      case "plan_updated":
        return this.plan(event);
      case "permission_asked":
        this.tail.clear();
        this.asked.set(event.id ?? "", this.put({ kind: "permission", ...base, asked: event, answered: null, given: this.calls.argumentsOf(event.call_id ?? "") }));
        return;
      case "permission_answered":
        return this.answer(event);
      case "network_decided":
        return this.network(event);
      case "change_made":
        if (event.change?.branch) this.put({ kind: "change", ...base, event });
        return;
      case "verification_ran":
      case "verified":
        return this.verify(event);
      case "workload_checked":
        this.put({ kind: "checks", ...base, event });
        return;
      case "answer_checked":
        this.put({ kind: "cited", ...base, event });
        return;
      case "reported":
        return this.know({ report: event.seq });
      case "budget_reached":
        this.know({ budget: event });
        return this.note(event);
      default:
        return this.note(event);
    }
  }

  private note(event: Logged): void {
    const words = told(event);
    if (words?.[0]) this.put({ kind: "note", key: `event:${event.seq}`, seq: event.seq, time: event.time, text: words[0], tone: words[1] });
  }

  // --- turns -------------------------------------------------------------------------------------

  private begin(event: Of<"turn_started">): void {
    this.tail.clear();
    this.calls.stop();
    const again = event.turn === this.turn;
    this.turn = event.turn ?? "";
    this.said = false;
    const turns = this.facts.turns + (again ? 0 : 1);
    this.know({ turns, running: true, step: 0, budget: null, scripted: this.facts.scripted || !!event.scripted });
    this.put({ kind: "turn", key: `event:${event.seq}`, seq: event.seq, time: event.time, number: this.partial ? 0 : turns, event });
  }

  private end(event: Of<"turn_finished">): void {
    this.tail.clear();
    this.calls.stop();
    this.know({ running: false });
    const message = this.said ? "" : (event.outcome?.message ?? "");
    this.put({ kind: "outcome", key: `event:${event.seq}`, seq: event.seq, time: event.time, event, message });
  }

  private input(event: Of<"input_received">): void {
    const given = event.input;
    if (given?.id) this.heard.add(given.id);
    if (given?.type !== "prompt" && given?.type !== "steer") return this.note(event);
    const images = given.type === "prompt" ? (given.images ?? []) : [];
    if ((given.type === "steer" && given.ran) || (!given.text && !images.length)) return;
    const { text = "", by = "" } = given;
    this.put({ kind: "asked", key: `event:${event.seq}`, seq: event.seq, time: event.time, steer: given.type === "steer", text, images, by });
  }

  // --- steps -------------------------------------------------------------------------------------

  private step(event: Logged, change: (before: StepRow) => StepRow): void {
    const name = `step:${event.turn}:${event.step}`;
    this.set(name, (before) => {
      const empty: StepRow = {
        kind: "step",
        key: name,
        seq: event.seq,
        time: event.time,
        step: event.step ?? 0,
        cost: 0,
        unpriced: 0,
        tokens: 0,
        estimated: false,
        seconds: 0,
        calls: 0,
        sofar: this.partial ? 0 : this.facts.cost,
        checkpoint: "",
        paths: [],
        beside: [],
      };
      return change(before?.kind === "step" ? before : empty);
    });
    this.places[event.seq] = this.at.get(name) ?? 0;
  }

  private called(event: Of<"model_called">): void {
    const tokens = (event.usage?.input ?? 0) + (event.usage?.output ?? 0);
    const unpriced = event.cost_usd === null || event.cost_usd === undefined ? 1 : 0;
    const { facts } = this;
    const cost = facts.cost + (event.cost_usd ?? 0);
    this.know({ cost, unpriced: facts.unpriced + unpriced, tokens: facts.tokens + tokens, step: event.step ?? facts.step });
    this.step(event, (row) => ({
      ...row,
      cost: row.cost + (event.cost_usd ?? 0),
      unpriced: row.unpriced + unpriced,
      tokens: row.tokens + tokens,
      estimated: row.estimated || !!event.usage?.estimated,
      seconds: row.seconds + (event.seconds ?? 0),
      calls: row.calls + 1,
      sofar: this.partial ? 0 : cost,
    }));
  }

  private checkpoint(event: Of<"checkpointed">): void {
    if (!event.paths?.length && !event.beside?.length) return;
    this.step(event, (row) => ({ ...row, checkpoint: event.tree ?? "", paths: event.paths ?? [], beside: event.beside ?? [] }));
  }

  private item(event: Of<"item_added">): void {
    const item = (event.item ?? {}) as Item;
    if (event.source === "tool") return this.calls.answered(item);
    if (event.source !== "model") return;
    this.tail.completed(item);
    if (item.type === "function_call" || item.type === "custom_tool_call") return this.calls.wrote(item);
    const kind = item.type === "reasoning" ? "thought" : "said";
    const text = kind === "thought" ? (item.summary ?? []).map((part) => part.text ?? "").join("\n\n") : textOf(item.content);
    if (!text.trim() || (kind === "said" && item.role !== "assistant")) return;
    this.said ||= kind === "said";
    this.put({ kind, key: item.id ? `item:${item.id}` : `event:${event.seq}`, seq: event.seq, time: event.time, text, live: false });
  }

  // --- what calls came to ------------------------------------------------------------------------

  private edit(event: Of<"files_changed"> | Of<"person_edited">, person: boolean): void {
    const { paths = [], diff = "", artifact = "", added = 0, removed = 0 } = event;
    this.put({ kind: "edit", key: `event:${event.seq}`, seq: event.seq, time: event.time, person, paths, diff, artifact, added, removed });
  }

  private plan(event: Of<"plan_updated">): void {
    const name = `plan:${event.turn}`;
    this.set(name, (before) => {
      const first = before ?? event;
      const row: PlanRow = { kind: "plan", key: name, seq: first.seq, time: first.time, plan: event.plan ?? [], note: event.note ?? "" };
      this.know({ plan: row });
      return row;
    });
    this.places[event.seq] = this.at.get(name) ?? 0;
  }

  private answer(event: Of<"permission_answered">): void {
    const at = this.asked.get(event.id ?? "");
    const row = at === undefined ? undefined : this.rows[at];
    if (at === undefined || row?.kind !== "permission") return;
    this.rows[at] = { ...row, answered: event };
    this.places[event.seq] = at;
    this.asked.delete(event.id ?? "");
  }

  private network(event: Of<"network_decided">): void {
    const at = this.rows.length - 1;
    const last = this.rows[at];
    if (last?.kind === "network" && last.decided.length < 200) this.rows[at] = { ...last, decided: [...last.decided, event] };
    else this.put({ kind: "network", key: `event:${event.seq}`, seq: event.seq, time: event.time, decided: [event] });
  }

  private verify(event: Of<"verification_ran"> | Of<"verified">): void {
    const name = `verification:${event.turn}`;
    this.tail.clear();
    this.set(name, (before) => {
      const row: VerificationRow =
        before?.kind === "verification" ? before : { kind: "verification", key: name, seq: event.seq, time: event.time, runs: [], verified: null };
      if (event.type === "verified") return { ...row, verified: event };
      return event.run ? { ...row, runs: [...row.runs, { ...event.run, seq: event.seq, command: event.command ?? "" }] } : row;
    });
    this.places[event.seq] = this.at.get(name) ?? 0;
  }
}
