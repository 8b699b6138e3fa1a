// Syntax, found beside the page: whatever a file holds, scrolling does not wait for it.
import { createLowlight } from "lowlight";
import { grammarOf } from "./languages";
import type { Run } from "./pieces";

export interface Asked {
  id: number;
  language: string;
  /** Lines that stand together, joined by line breaks. */
  texts: string[];
}

export interface Told {
  id: number;
  /** For each text its lines' runs. */
  lines: Run[][][];
}

type Tree = ReturnType<ReturnType<typeof createLowlight>["highlight"]>;
type Node = Tree["children"][number];

const engine = createLowlight();

self.onmessage = async ({ data }: MessageEvent<Asked>) => {
  if (!engine.registered(data.language)) {
    const grammar = await grammarOf(data.language);
    if (grammar) engine.register(data.language, grammar);
  }
  const lines = engine.registered(data.language) ? data.texts.map((text) => linesOf(engine.highlight(data.language, text).children)) : [];
  self.postMessage({ id: data.id, lines } satisfies Told);
};

function linesOf(nodes: readonly Node[]): Run[][] {
  const lines: Run[][] = [[]];
  const walk = (node: Node, kind: string): void => {
    if (node.type === "element") {
      const names = node.properties.className;
      const own = Array.isArray(names) ? String(names[0] ?? "").replace("hljs-", "") : "";
      for (const child of node.children) walk(child as Node, own || kind);
    } else if (node.type === "text") {
      node.value.split("\n").forEach((part, index) => {
        if (index) lines.push([]);
        if (part) (lines.at(-1) as Run[]).push({ length: part.length, kind });
      });
    }
  };
  for (const node of nodes) walk(node, "");
  return lines;
}
