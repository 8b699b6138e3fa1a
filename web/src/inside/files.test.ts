import { expect, test } from "vitest";
import { below, contentOf, downloadOf, imageType, sized } from "./files";

const bytes = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;

test("text is text, what has a NUL is binary, an image is by its name", () => {
  expect(contentOf(bytes("hé"), 3, "")).toEqual({ kind: "text", text: "hé", size: 3, whole: true });
  expect(contentOf(bytes("a\0b"), 3, "").kind).toBe("binary");
  expect(contentOf(bytes("x"), 1, imageType("a/B.PNG")).kind).toBe("image");
  expect(imageType("png")).toBe("image/png");
  expect(imageType("a.py")).toBe("");
});

test("a cut file does not end in half a character", () => {
  const cut = contentOf(bytes("aé").slice(0, 2) as Uint8Array<ArrayBuffer>, 3, "");
  expect(cut).toEqual({ kind: "text", text: "a", size: 3, whole: false });
});

test("names go into addresses whole", () => {
  expect(downloadOf("att_1", "a b/&?#.txt")).toBe("/api/v1/attempts/att_1/inside/file?path=a%20b%2F%26%3F%23.txt");
  expect(below("", "a")).toBe("a");
  expect(below("a", "b")).toBe("a/b");
  expect([0, 999, 1000, 12_345, 999_999].map(sized)).toEqual(["0 B", "999 B", "1.0 kB", "12 kB", "1.0 MB"]);
});
