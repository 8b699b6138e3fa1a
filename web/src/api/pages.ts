// What the pages of one browser say to each other: they share one person, and six connections to the server.

export type Word =
  /** Another page is looked at now. */
  | { readonly kind: "shown" }
  /** Tasks changed (none: anything may have); `last` is where the stream that told it can be taken up. */
  | { readonly kind: "changed"; readonly ids: readonly string[]; readonly last: string }
  /** Of what waits for a person, what has been told of. */
  | { readonly kind: "told"; readonly matters: readonly string[] };

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("pullwright") : null;

export function say(word: Word): void {
  channel?.postMessage(word);
}

/** Hear what other pages say. */
export function hear<K extends Word["kind"]>(kind: K, listener: (word: Extract<Word, { kind: K }>) => void): () => void {
  const heard = (event: MessageEvent<Word>) => {
    if (event.data.kind === kind) listener(event.data as Extract<Word, { kind: K }>);
  };
  channel?.addEventListener("message", heard);
  return () => channel?.removeEventListener("message", heard);
}
