// Which grammar a file's name asks for. Each is a file of its own, fetched when a file of that kind is first seen.
import type { LanguageFn } from "highlight.js";

type Load = () => Promise<{ default: LanguageFn }>;

const GRAMMARS: Record<string, Load> = {
  bash: () => import("highlight.js/lib/languages/bash"),
  c: () => import("highlight.js/lib/languages/c"),
  cpp: () => import("highlight.js/lib/languages/cpp"),
  csharp: () => import("highlight.js/lib/languages/csharp"),
  css: () => import("highlight.js/lib/languages/css"),
  dockerfile: () => import("highlight.js/lib/languages/dockerfile"),
  elixir: () => import("highlight.js/lib/languages/elixir"),
  erlang: () => import("highlight.js/lib/languages/erlang"),
  go: () => import("highlight.js/lib/languages/go"),
  graphql: () => import("highlight.js/lib/languages/graphql"),
  haskell: () => import("highlight.js/lib/languages/haskell"),
  ini: () => import("highlight.js/lib/languages/ini"),
  java: () => import("highlight.js/lib/languages/java"),
  javascript: () => import("highlight.js/lib/languages/javascript"),
  json: () => import("highlight.js/lib/languages/json"),
  kotlin: () => import("highlight.js/lib/languages/kotlin"),
  less: () => import("highlight.js/lib/languages/less"),
  lua: () => import("highlight.js/lib/languages/lua"),
  makefile: () => import("highlight.js/lib/languages/makefile"),
  markdown: () => import("highlight.js/lib/languages/markdown"),
  nix: () => import("highlight.js/lib/languages/nix"),
  objectivec: () => import("highlight.js/lib/languages/objectivec"),
  perl: () => import("highlight.js/lib/languages/perl"),
  php: () => import("highlight.js/lib/languages/php"),
  powershell: () => import("highlight.js/lib/languages/powershell"),
  protobuf: () => import("highlight.js/lib/languages/protobuf"),
  python: () => import("highlight.js/lib/languages/python"),
  r: () => import("highlight.js/lib/languages/r"),
  ruby: () => import("highlight.js/lib/languages/ruby"),
  rust: () => import("highlight.js/lib/languages/rust"),
  scala: () => import("highlight.js/lib/languages/scala"),
  scss: () => import("highlight.js/lib/languages/scss"),
  sql: () => import("highlight.js/lib/languages/sql"),
  swift: () => import("highlight.js/lib/languages/swift"),
  typescript: () => import("highlight.js/lib/languages/typescript"),
  xml: () => import("highlight.js/lib/languages/xml"),
  yaml: () => import("highlight.js/lib/languages/yaml"),
};

const BY_NAME: Record<string, string> = { makefile: "makefile", gnumakefile: "makefile", dockerfile: "dockerfile", containerfile: "dockerfile", gemfile: "ruby", rakefile: "ruby", jenkinsfile: "java" };

const BY_END: Record<string, string> = {
  sh: "bash", bash: "bash", zsh: "bash", c: "c", h: "c", cc: "cpp", cpp: "cpp", cxx: "cpp", hpp: "cpp", hh: "cpp", cs: "csharp", css: "css",
  ex: "elixir", exs: "elixir", erl: "erlang", go: "go", graphql: "graphql", gql: "graphql", hs: "haskell", ini: "ini", toml: "ini", cfg: "ini",
  conf: "ini", properties: "ini", java: "java", js: "javascript", mjs: "javascript", cjs: "javascript", jsx: "javascript", json: "json",
  jsonc: "json", kt: "kotlin", kts: "kotlin", less: "less", lua: "lua", mk: "makefile", md: "markdown", markdown: "markdown", nix: "nix",
  m: "objectivec", mm: "objectivec", pl: "perl", pm: "perl", php: "php", ps1: "powershell", proto: "protobuf", py: "python", pyi: "python",
  r: "r", rb: "ruby", rs: "rust", scala: "scala", scss: "scss", sql: "sql", swift: "swift", ts: "typescript", mts: "typescript",
  cts: "typescript", tsx: "typescript", html: "xml", htm: "xml", xml: "xml", svg: "xml", vue: "xml", svelte: "xml", yaml: "yaml", yml: "yaml",
};

/** Empty: there is no grammar for it. */
export function languageOf(path: string): string {
  const name = (path.split("/").pop() ?? "").toLowerCase();
  return BY_NAME[name] ?? BY_NAME[name.split(".")[0] ?? ""] ?? BY_END[name.split(".").pop() ?? ""] ?? "";
}

export async function grammarOf(language: string): Promise<LanguageFn | null> {
  const load = GRAMMARS[language];
  return load ? (await load()).default : null;
}
