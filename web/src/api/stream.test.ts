import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { listen, type Line } from "./stream";

/** What was asked for, and the line to whoever asked. */
interface Asked {
  after: string | undefined;
  gone: boolean;
  send: (text: string) => void;
}

let asked: Asked[] = [];
let stops: (() => void)[] = [];

function see(state: "visible" | "hidden"): void {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  vi.stubGlobal("fetch", (_path: string, { headers, signal }: { headers: Record<string, string>; signal: AbortSignal }) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const one: Asked = { after: headers["Last-Event-ID"], gone: false, send: (text) => controller.enqueue(new TextEncoder().encode(text)) };
        signal.addEventListener("abort", () => {
          one.gone = true;
          controller.error(new DOMException("gone", "AbortError"));
        });
        asked.push(one);
      },
    });
    return Promise.resolve(new Response(body));
  });
  see("visible");
});

afterEach(() => {
  stops.forEach((stop) => stop());
  stops = [];
  vi.useRealTimers();
  vi.unstubAllGlobals();
  see("visible");
});

function listening(always = false): { ids: string[]; lines: Line[] } {
  const heard = { ids: [] as string[], lines: [] as Line[] };
  stops.push(listen("/stream", { always, onFrame: (frame) => heard.ids.push(frame.id), onLine: (line) => heard.lines.push(line) }));
  return heard;
}

const tick = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

it("gives its line back when nobody sees the page for a while, and goes on at the next event", async () => {
  const heard = listening();
  await tick();
  asked[0]?.send("id: 1\ndata: {}\n\nid: 2\ndata: {}\n\nid: 3\nda");
  await tick();
  see("hidden");
  await tick(29_000);
  expect(asked[0]?.gone).toBe(false);
  await tick(2_000);
  expect([asked[0]?.gone, asked.length, heard.lines.at(-1)]).toEqual([true, 1, "resting"]);
  see("visible");
  await tick();
  expect([asked.length, asked[1]?.after]).toEqual([2, "2"]);
  asked[1]?.send("id: 3\ndata: {}\n\n");
  await tick();
  expect(heard.ids).toEqual(["1", "2", "3"]);
  expect(heard.lines).toEqual(["connecting", "open", "resting", "connecting", "open"]);
});

it("keeps its line when somebody comes back before that", async () => {
  listening();
  await tick();
  see("hidden");
  await tick(20_000);
  see("visible");
  await tick(20_000);
  expect([asked.length, asked[0]?.gone]).toEqual([1, false]);
});

it("gives it back at once when another page is looked at", async () => {
  listening();
  await tick();
  see("hidden");
  const other = new BroadcastChannel("pullwright");
  other.postMessage({ kind: "shown" });
  vi.useRealTimers();
  await vi.waitFor(() => expect(asked[0]?.gone).toBe(true));
  other.close();
});

it("keeps the line that is always needed", async () => {
  listening(true);
  await tick();
  see("hidden");
  await tick(40_000);
  expect([asked.length, asked[0]?.gone]).toEqual([1, false]);
});

it("ends while it rests", async () => {
  listening();
  await tick();
  see("hidden");
  await tick(31_000);
  stops.forEach((stop) => stop());
  see("visible");
  await tick(1000);
  expect(asked.length).toBe(1);
});
