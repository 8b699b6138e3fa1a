import { describe, expect, it } from "vitest";
import type { Logged } from "./event";
import { isLogged, LIVE, logged, passing, VERIFIED, type Recorded } from "./fixtures/frames";
import type { Row } from "./row";
import { Timeline } from "./timeline";

function fed(frames: readonly Recorded[], timeline = new Timeline()): Timeline {
  for (const frame of frames) {
    if (isLogged(frame)) timeline.feed(logged(frame));
    else timeline.show(passing(frame));
  }
  return timeline;
}

const kinds = (timeline: Timeline) => timeline.shown().map((row) => row.kind);

function only<K extends Row["kind"]>(timeline: Timeline, kind: K): Extract<Row, { kind: K }>[] {
  return timeline.shown().filter((row): row is Extract<Row, { kind: K }> => row.kind === kind);
}

/** Events as a log would have them. */
function log(...events: object[]): Logged[] {
  return events.map((event, index) => ({ turn: "turn_1", time: 1000 + index, ...event, seq: index + 1 }) as unknown as Logged);
}

function told(...events: object[]): Timeline {
  const timeline = new Timeline();
  log(...events).forEach((event) => timeline.feed(event));
  return timeline;
}

describe("a recorded log", () => {
  const timeline = fed(VERIFIED);

  it("becomes rows in the order of what happened", () => {
    expect(kinds(timeline).filter((kind) => kind !== "step")).toEqual(
      ["turn", "asked", "said", "command", "calls", "said", "edit", "command", "said", "edit", "command", "said", "change", "verification", "outcome"],
    );
    expect(only(timeline, "step").map((row) => row.step)).toEqual([1, 2, 3, 4]);
  });

  it("shows how a command ended, and what it printed without the model's marks", () => {
    const [first] = only(timeline, "command");
    expect(first).toMatchObject({ command: "python3 -m pytest", running: false });
    expect(first?.event).toMatchObject({ exit_code: 1, artifact: expect.stringContaining("outputs/") as string });
    expect(first?.output).toContain("short test summary");
    expect(first?.output).not.toMatch(/\[exit 1/);
  });

  it("puts all clean runs and their verdict into one row", () => {
    const [verification] = only(timeline, "verification");
    expect(verification?.runs).toHaveLength(9);
    expect(verification?.verified).toMatchObject({ verdict: "verified" });
    expect(timeline.facts.report).toBeGreaterThan(0);
    expect(timeline.facts.running).toBe(false);
  });

  it("says nothing twice that the agent has said", () => {
    expect(only(timeline, "outcome")[0]?.message).toBe("");
  });

  it("finds the row of every event", () => {
    const command = VERIFIED.map(logged).find((event) => event.type === "command_ran");
    const at = timeline.rowOf(command?.seq ?? 0);
    expect(timeline.rows[at]?.kind).toBe("command");
    for (let seq = 1; seq <= timeline.last; seq += 1) expect(timeline.rows[timeline.rowOf(seq)]).toBeDefined();
    const run = VERIFIED.map(logged).filter((event) => event.type === "verification_ran").at(-1);
    expect(timeline.rows[timeline.rowOf(run?.seq ?? 0)]?.kind).toBe("verification");
  });
});

describe("a stream", () => {
  const whole = fed(LIVE.filter(isLogged));

  it("comes to the same rows as the log alone", () => {
    const live = fed(LIVE);
    expect(live.shown()).toEqual(whole.shown());
    expect(live.facts).toEqual(whole.facts);
  });

  it("has neither a gap nor a double, wherever the line breaks and whatever is sent again", () => {
    for (let cut = 0; cut < LIVE.length; cut += 3) {
      const timeline = fed(LIVE.slice(0, cut));
      timeline.down();
      const again = Math.max(0, timeline.last - 4);
      fed(LIVE.filter((frame) => isLogged(frame) && Number(frame.id) > again), timeline);
      expect(timeline.shown()).toEqual(whole.shown());
    }
  });

  it("shows an answer while it is written, once", () => {
    const timeline = new Timeline();
    let most = 0;
    for (const frame of LIVE) {
      fed([frame], timeline);
      const writing = only(timeline, "said").filter((row) => row.live);
      expect(writing.length).toBeLessThan(2);
      if (writing[0] && writing[0].text.length > most) most = writing[0].text.length;
    }
    expect(most).toBeGreaterThan(10);
    expect(only(timeline, "said").filter((row) => row.live)).toEqual([]);
    const keys = timeline.shown().map((row) => row.key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("shows a running command's output as it comes, with its colours", () => {
    const at = LIVE.findIndex((frame) => JSON.stringify(frame.data).includes("test number 8"));
    const timeline = fed(LIVE.slice(0, at + 1));
    const running = only(timeline, "command").find((row) => row.running);
    expect(running?.output).toContain("\u001b[32mok\u001b[0m 8 - test number 8");
  });

  it("keeps one plan, which changes in its place", () => {
    const plans = only(whole, "plan");
    expect(plans).toHaveLength(1);
    expect(plans[0]?.plan.map((step) => step.status)).toEqual(["done", "done", "in_progress"]);
  });
});

describe("what people are asked and say", () => {
  const asked = { type: "permission_asked", id: "perm_1", call_id: "call_1", tool: "exec", effect: "execute", title: "rm -rf build", detail: "rm -rf build", scope: "commands that begin with `rm`" };

  it("waits until it is answered, by whoever was first", () => {
    const events = log({ type: "turn_started" }, asked, { type: "permission_answered", id: "perm_1", call_id: "call_1", verdict: "once", by: "mia" });
    const timeline = new Timeline();
    events.slice(0, 2).forEach((event) => timeline.feed(event));
    expect(timeline.questions().map((row) => row.asked.title)).toEqual(["rm -rf build"]);
    events.slice(2).forEach((event) => timeline.feed(event));
    expect(timeline.questions()).toEqual([]);
    expect(only(timeline, "permission")[0]?.answered).toMatchObject({ by: "mia", verdict: "once" });
    expect(timeline.rowOf(3)).toBe(timeline.rowOf(2));
  });

  it("stays open over the end of the turn", () => {
    const timeline = told({ type: "turn_started" }, asked, { type: "turn_finished", outcome: { type: "needs_input", why: "", question: "perm_1", asks: "" } });
    expect(timeline.questions()).toHaveLength(1);
  });

  it("has the options that the agent offered", () => {
    const call = { type: "function_call", call_id: "call_2", name: "ask_user", arguments: '{"question":"Which?","options":["a","b"]}' };
    const timeline = told({ type: "turn_started" }, { type: "item_added", source: "model", item: call }, { ...asked, call_id: "call_2", tool: "ask_user", effect: "ask" });
    expect(timeline.questions()[0]?.given).toContain('"options"');
  });

  it("knows which remarks were heard", () => {
    const timeline = told({ type: "turn_started" }, { type: "input_received", input: { type: "steer", id: "inp_9", by: "mia", text: "leave the tests" } });
    expect(timeline.heard.has("inp_9")).toBe(true);
    expect(only(timeline, "asked")[0]).toMatchObject({ steer: true, by: "mia", text: "leave the tests" });
  });
});

describe("calls", () => {
  const start = (id: string, name: string, title: string) => ({ type: "tool_started", call_id: id, name, effect: "read", title });
  const end = (id: string, name: string, more: object = {}) => ({ type: "tool_finished", call_id: id, name, ok: true, ...more });

  it("that only look are one row", () => {
    const timeline = told(start("1", "read", "a.py"), end("1", "read"), start("2", "search", "total"), end("2", "search"), start("3", "process", "list"), end("3", "process"));
    expect(only(timeline, "calls").map((row) => row.calls.map((call) => call.title))).toEqual([["a.py", "total"], ["list"]]);
  });

  it("of several commands have a row for each, with its own output", () => {
    const output = "one\n[1 exit 0]\ntwo\n[2 exit 1]";
    const timeline = told(
      { ...start("c", "exec", "echo one ; echo two"), effect: "execute" },
      { type: "command_ran", call_id: "c", command: "echo one", cwd: "/workspace", exit_code: 0 },
      { type: "command_ran", call_id: "c", command: "echo two", cwd: "/workspace", exit_code: 1 },
      end("c", "exec"),
      { type: "item_added", source: "tool", item: { type: "function_call_output", call_id: "c", output } },
    );
    expect(only(timeline, "command").map((row) => [row.command, row.output, row.running])).toEqual([
      ["echo one", "one\n", false],
      ["echo two", "two\n", false],
    ]);
  });

  it("that the end of the turn cuts off are stopped, not running", () => {
    const timeline = told({ type: "turn_started" }, start("c", "exec", "sleep 99"), { type: "turn_finished", outcome: { type: "cancelled", why: "stopped" } });
    expect(only(timeline, "command")[0]).toMatchObject({ running: false, stopped: true });
  });

  it("that fail say why", () => {
    const timeline = told(start("e", "edit", "a.py"), end("e", "edit", { ok: false, error: "no such place" }));
    expect(only(timeline, "calls")[0]?.calls[0]).toMatchObject({ state: "failed", error: "no such place" });
  });
});

describe("money and policy", () => {
  it("adds up what each step cost, and never says 0 for what nobody knows", () => {
    const call = (step: number, cost: number | null) => ({ type: "model_called", model: "m", provider: "p", step, cost_usd: cost, usage: { input: 100, output: 10 } });
    const timeline = told({ type: "turn_started" }, call(1, 0.25), call(2, 0.5), call(2, null));
    expect(only(timeline, "step").map((row) => [row.cost, row.sofar, row.unpriced])).toEqual([
      [0.25, 0.25, 0],
      [0.5, 0.75, 1],
    ]);
    expect(timeline.facts).toMatchObject({ cost: 0.75, unpriced: 1, tokens: 330 });
  });

  it("tells of the network in one row while it says the same kind of thing", () => {
    const refused = { type: "network_decided", host: "example.com", port: 443, allowed: false, rule: "off" };
    expect(only(told(refused, refused, refused), "network").map((row) => row.decided.length)).toEqual([3]);
  });

  it("remembers the ceiling that was reached", () => {
    const timeline = told({ type: "turn_started" }, { type: "budget_reached", ceiling: "usd", level: "hard", spent: 1, limit: 1 });
    expect(timeline.facts.budget).toMatchObject({ ceiling: "usd" });
    expect(only(timeline, "note")[0]).toMatchObject({ tone: "bad", text: "Budget used up: $1.00 of $1.00" });
  });
});

it("takes 100,000 events in the time that each of them takes", () => {
  const step = (n: number): object[] => [
    { type: "model_called", model: "m", provider: "p", step: n, cost_usd: 0.001, usage: { input: 10, output: 1 } },
    { type: "tool_started", call_id: `c${n}`, name: "exec", effect: "execute", title: "make", step: n },
    { type: "command_ran", call_id: `c${n}`, command: "make", cwd: "/", exit_code: 0, step: n },
    { type: "tool_finished", call_id: `c${n}`, name: "exec", ok: true, step: n },
    { type: "item_added", source: "tool", item: { type: "function_call_output", call_id: `c${n}`, output: "made\n[exit 0]" }, step: n },
  ];
  const events = log(...Array.from({ length: 20_000 }, (_, n) => step(n + 1)).flat());
  const timeline = new Timeline();
  const took = (part: readonly Logged[]) => {
    const from = performance.now();
    part.forEach((event) => timeline.feed(event));
    return performance.now() - from;
  };
  took(events.slice(0, 10_000));
  const early = took(events.slice(10_000, 30_000));
  took(events.slice(30_000, 80_000));
  const late = took(events.slice(80_000));
  expect(timeline.rows).toHaveLength(40_000);
  expect(late).toBeLessThan(10 * early + 200);
});
