// What the model and Pullwright are at just now. Nothing here is logged: it goes when the thing itself comes, or the line breaks.
import type { Item, Live } from "./event";
import type { BusyRow, SaidRow } from "./row";

const WHAT: Record<string, string> = { exec: "a command", apply_patch: "a patch", plan: "the plan", ask_user: "a question", edit: "an edit", write: "a file" };
const PATH = /"path"\s*:\s*"([^"\\]{1,200})"/;
const HEAD = 1000;

interface Writing {
  name: string;
  head: string;
  size: number;
  lines: number;
}

export class Tail {
  private said = new Map<string, SaidRow>();
  private writing: Writing | null = null;
  private progress: Extract<Live, { live: "progress" }> | null = null;
  private retry = "";

  take(frame: Exclude<Live, { live: "output" }>): void {
    if (frame.live === "progress") {
      this.progress = typeof frame.total === "number" && (frame.done ?? 0) >= frame.total ? null : frame;
      return;
    }
    this.retry = "";
    this.progress = null;
    if (frame.live === "call") return this.write(frame);
    const known = this.said.get(frame.item)?.text ?? "";
    const text = known.slice(0, frame.offset) + frame.text;
    const kind = frame.live === "text" ? "said" : "thought";
    this.said.set(frame.item, { kind, key: `item:${frame.item}`, seq: 0, time: 0, text, live: true });
  }

  private write(frame: Extract<Live, { live: "call" }>): void {
    const now = frame.offset && this.writing ? this.writing : { name: frame.name, head: "", size: 0, lines: 0 };
    now.head += frame.text.slice(0, HEAD - now.head.length);
    now.size = frame.offset + frame.text.length;
    now.lines += frame.text.split(/\\n|\n/).length - 1;
    this.writing = now;
  }

  /** An item is complete, and logged. */
  completed(item: Item): void {
    if (item.id) this.said.delete(item.id);
    if (item.type === "message" || item.type === "reasoning") {
      const kind = item.type === "message" ? "said" : "thought";
      for (const [id, row] of this.said) if (row.kind === kind) this.said.delete(id);
    } else this.writing = null;
  }

  retried(words: string): void {
    this.clear();
    this.retry = words;
  }

  clear(): void {
    this.said.clear();
    this.writing = this.progress = null;
    this.retry = "";
  }

  rows(): (SaidRow | BusyRow)[] {
    const busy = this.busy();
    const shown: (SaidRow | BusyRow)[] = [...this.said.values()].filter((row) => row.text.trim());
    return busy ? [...shown, { kind: "busy", key: "busy", seq: 0, time: 0, text: busy }] : shown;
  }

  private busy(): string {
    if (this.retry) return this.retry;
    if (this.writing) {
      const { name, head, lines, size } = this.writing;
      const what = (["edit", "write"].includes(name) && PATH.exec(head)?.[1]) || WHAT[name] || `a call of ${name}`;
      return `Writing ${what}: ${lines > 1 ? `${lines.toLocaleString()} lines` : `${size.toLocaleString()} characters`}`;
    }
    if (!this.progress) return "";
    const { what, done = 0, total, unit = "" } = this.progress;
    const figures = total ? `${done.toLocaleString()} of ${total.toLocaleString()} ${unit}` : done ? `${done.toLocaleString()} ${unit}` : "";
    return `${what.charAt(0).toUpperCase()}${what.slice(1)} ${figures}`.trim();
  }
}
