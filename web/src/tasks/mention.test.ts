import { describe, expect, it } from "vitest";
import { mentionAt, mentioned } from "./mention";

const at = (text: string) => mentionAt(text.replace("|", ""), text.indexOf("|"));
const take = (text: string, name: string) => {
  const caret = text.indexOf("|");
  const plain = text.replace("|", "");
  const mention = mentionAt(plain, caret);
  if (!mention) throw new Error("none");
  const now = mentioned(plain, mention, name);
  return `${now.text.slice(0, now.caret)}|${now.text.slice(now.caret)}`;
};

describe("a mention", () => {
  it("begins after a space, a bracket or nothing", () => {
    expect(at("@sr|")?.letters).toBe("sr");
    expect(at("see (@src/sh|)")?.letters).toBe("src/sh");
    expect(at("see @|")?.letters).toBe("");
    expect(at('see @"a fi|')?.letters).toBe("a fi");
  });
  it("is none in an address of mail, after a space, or without an @", () => {
    expect(at("ada@exam|")).toBeNull();
    expect(at("@src and|")).toBeNull();
    expect(at("words|")).toBeNull();
    expect(at('@"done" and|')).toBeNull();
  });
  it("becomes the name, with a space behind it", () => {
    expect(take("fix @sh|", "src/shop.py")).toBe("fix @src/shop.py |");
    expect(take("fix @sh| please", "src/shop.py")).toBe("fix @src/shop.py |please");
    expect(take("fix @s|hop, now", "src/shop.py")).toBe("fix @src/shop.py |, now");
  });
  it("stays open for what lies in a folder", () => {
    expect(take("@sr|", "src/")).toBe("@src/|");
    expect(take('@"my fi|"', "my files/")).toBe('@"my files/|');
  });
  it("is in quotes when the name has spaces", () => {
    expect(take("@a|", "docs/a file.md")).toBe('@"docs/a file.md" |');
  });
});
