import { expect, test } from "vitest";
import type { ChangedFile } from "../difference/rows";
import { inOrder, matching, treeOf } from "./tree-of";

const file = (path: string) => ({ path, was: path }) as ChangedFile;
const FILES = ["src/shop/cart/total.py", "src/shop/cart/tax.py", "README.md", "src/shop/api.py", "docs/deep/only/page.md"].map(file);

test("a folder that holds one folder alone is written with it", () => {
  const tree = treeOf(FILES);
  expect(tree.folders.map((folder) => folder.name)).toEqual(["docs/deep/only", "src/shop"]);
  expect(tree.folders[1]?.folders.map((folder) => folder.name)).toEqual(["cart"]);
  expect(tree.files.map((one) => one.path)).toEqual(["README.md"]);
});

test("the lines come in the tree's order", () => {
  expect(inOrder(treeOf(FILES)).map((one) => one.path)).toEqual(["docs/deep/only/page.md", "src/shop/cart/tax.py", "src/shop/cart/total.py", "src/shop/api.py", "README.md"]);
});

test("the filter wants every word", () => {
  expect(matching(FILES, "shop ta").map((one) => one.path)).toEqual(["src/shop/cart/total.py", "src/shop/cart/tax.py"]);
  expect(matching(FILES, "  ")).toHaveLength(5);
});
