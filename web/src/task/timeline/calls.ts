// Tool calls on their way through the log: begun, run, ended, answered. Each knows where its rows are.
import { textOf, type Item, type Of } from "./event";
import { grown, parts } from "./outputs";
import type { Call, CallsRow, CommandRow, Row } from "./row";

const LOOKS = new Set(["read", "search", "fetch"]);
/** Tools that other events tell of. */
const SILENT = new Set(["plan", "ask_user"]);
/** Tools whose edits are shown as such, once they are made. */
const EDITS = new Set(["edit", "write", "apply_patch"]);
const TOGETHER = 40;

interface Open {
  readonly name: string;
  title: string;
  /** Where its row is; commands have one row each. */
  rows: number[];
  running: boolean;
  shown: boolean;
}

/** Where rows are kept: those of a list that only grows. */
export interface Shelf {
  readonly rows: Row[];
  put(row: Row): number;
}

export class Calls {
  private open = new Map<string, Open>();
  private given = new Map<string, string>();

  constructor(private readonly shelf: Shelf) {}

  /** The model wrote a call: its arguments, until it begins. */
  wrote(item: Item): void {
    if (item.call_id) this.given.set(item.call_id, item.arguments ?? item.input ?? "");
  }

  argumentsOf(id: string): string {
    return this.given.get(id) ?? "";
  }

  started(event: Of<"tool_started">): void {
    const { call_id: id = "", name = "", title = "" } = event;
    const open: Open = { name, title, rows: [], running: true, shown: SILENT.has(name) };
    this.open.set(id, open);
    if (name === "exec") open.rows.push(this.shelf.put(command(event, id, title)));
    else if (!SILENT.has(name) && !EDITS.has(name)) this.add(open, event, LOOKS.has(name));
  }

  private add(open: Open, event: Of<"tool_started"> | Of<"tool_finished">, looks: boolean): void {
    const id = event.call_id ?? "";
    const call: Call = { id, name: open.name, title: open.title, seq: event.seq, state: "running", error: "", seconds: 0, given: this.given.get(id) ?? "", output: "" };
    const at = this.shelf.rows.length - 1;
    const last = this.shelf.rows[at];
    if (looks && last?.kind === "calls" && last.looks && last.calls.length < TOGETHER) {
      this.shelf.rows[at] = { ...last, calls: [...last.calls, call] };
      open.rows = [at];
    } else {
      open.rows = [this.shelf.put({ kind: "calls", key: `call:${id}:${event.seq}`, seq: event.seq, time: event.time, looks, calls: [call] })];
    }
  }

  output(id: string, text: string): void {
    const at = this.open.get(id)?.rows.at(-1);
    const row = at === undefined ? undefined : this.shelf.rows[at];
    if (at !== undefined && row?.kind === "command" && row.running) this.shelf.rows[at] = { ...row, output: grown(row.output, text) };
  }

  ran(event: Of<"command_ran">): void {
    const id = event.call_id ?? "";
    const open = this.open.get(id);
    const at = open?.rows.at(-1);
    const row = at === undefined ? undefined : this.shelf.rows[at];
    if (open) open.shown = true;
    const done = (before?: CommandRow): CommandRow => ({
      ...(before ?? command(event, id, "")),
      command: event.command ?? "",
      cwd: event.cwd ?? "",
      running: false,
      event,
    });
    if (!open || at === undefined || row?.kind !== "command" || !row.running) {
      const made = this.shelf.put(done());
      open?.rows.push(made);
      return;
    }
    this.shelf.rows[at] = done(row);
    const first = `${(event.command ?? "").split(/\s+/).filter(Boolean).join(" ")} ; `;
    if (open.title.startsWith(first)) {
      open.title = open.title.slice(first.length);
      open.rows.push(this.shelf.put(command(event, id, open.title)));
    }
  }

  /** An edit or another event tells of the call. */
  told(id: string): void {
    const open = this.open.get(id);
    if (open) open.shown = true;
  }

  finished(event: Of<"tool_finished">): void {
    const id = event.call_id ?? "";
    const open = this.open.get(id) ?? { name: event.name ?? "", title: "", rows: [], running: false, shown: false };
    open.running = false;
    if (open.name === "exec") this.drop(open);
    if (!open.rows.length && !(open.shown && event.ok)) this.add(open, event, false);
    this.change(id, { state: event.ok ? "ok" : "failed", error: event.error ?? "", seconds: event.seconds ?? 0 }, open);
    this.open.set(id, open);
  }

  /** The row of a next command that never came. */
  private drop(open: Open): void {
    for (const at of open.rows) {
      const row = this.shelf.rows[at];
      if (row?.kind === "command" && row.running) this.shelf.rows[at] = { ...row, running: false, stopped: true };
    }
  }

  answered(item: Item): void {
    const id = item.call_id ?? "";
    const open = this.open.get(id);
    const text = textOf(item.output);
    if (!open) return;
    if (open.name === "exec") {
      const ended = open.rows.filter((at) => {
        const row = this.shelf.rows[at];
        return row?.kind === "command" && row.event;
      });
      const pieces = ended.length === 1 ? [parts(text).join("")] : parts(text);
      ended.forEach((at, index) => {
        const row = this.shelf.rows[at];
        if (row?.kind === "command") this.shelf.rows[at] = { ...row, output: pieces[index] ?? row.output };
      });
    } else this.change(id, { output: text }, open);
    this.open.delete(id);
    this.given.delete(id);
  }

  private change(id: string, what: Partial<Call>, open: Open): void {
    const at = open.rows[0];
    const row = at === undefined ? undefined : this.shelf.rows[at];
    if (at === undefined || row?.kind !== "calls") return;
    this.shelf.rows[at] = { ...row, calls: row.calls.map((call) => (call.id === id ? { ...call, ...what } : call)) };
  }

  /** The turn is over, or its process was: what ran runs no more. */
  stop(): void {
    for (const [id, open] of this.open) {
      if (open.running) {
        this.drop(open);
        this.change(id, { state: "stopped" }, open);
      }
    }
    this.open.clear();
    this.given.clear();
  }
}

function command(event: { seq: number; time: number }, id: string, title: string): CommandRow {
  return { kind: "command", key: `command:${id}:${event.seq}`, seq: event.seq, time: event.time, call: id, command: title, cwd: "", running: true, stopped: false, event: null, output: "" };
}

/** Whether a call row still runs; for the head's words. */
export function runs(row: CallsRow | CommandRow): boolean {
  return row.kind === "command" ? row.running : row.calls.some((call) => call.state === "running");
}
