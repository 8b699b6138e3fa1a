// The line to a shell in a sandbox. The shell lives as long as the line does.

/** Why a shell is no longer there, in words; `again` where a new one can be begun at once. */
export interface End {
  text: string;
  again: boolean;
}

interface Listening {
  onOpen: () => void;
  onOutput: (bytes: Uint8Array) => void;
  onEnd: (end: End) => void;
}

export interface Line {
  type: (text: string) => void;
  resize: (columns: number, rows: number) => void;
  /** So many bytes are on the screen: as many more may come. */
  took: (count: number) => void;
  close: () => void;
}

const LONGEST = 32_000;

/** What the server says last, before it closes. */
interface Word {
  type: "ended" | "gone";
  exit_code?: number | null;
}

export function endOf(word: Word | null, code: number, reason: string): End {
  if (word?.type === "ended") {
    const how = word.exit_code === null || word.exit_code === undefined ? "was ended" : word.exit_code ? `ended with code ${word.exit_code}` : "ended";
    return { text: `The shell ${how}.`, again: true };
  }
  if (word?.type === "gone") return { text: "The sandbox was closed, and the shell with it.", again: false };
  if (code === 1012) return { text: "The server restarted, and the shell ended.", again: true };
  if (code === 4401) return { text: "Your sign-in has ended, and the shell with it.", again: false };
  if (code >= 4000) return { text: reason ? sentence(reason) : "The server refuses this.", again: code === 4429 || code === 4409 };
  return { text: "The connection was lost, and the shell ended with it.", again: true };
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}

/** A paste in pieces that one message may hold, no character cut in two. */
export function pieces(text: string, longest = LONGEST): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + longest, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last < 0xdc00) end -= 1;
    found.push(text.slice(at, end));
    at = end;
  }
  return found;
}

export function openLine(attempt: string, columns: number, rows: number, { onOpen, onOutput, onEnd }: Listening): Line {
  const at = new URL(`/api/v1/attempts/${encodeURIComponent(attempt)}/inside/terminal?columns=${columns}&rows=${rows}`, location.href);
  at.protocol = at.protocol.replace("http", "ws");
  const socket = new WebSocket(at);
  socket.binaryType = "arraybuffer";
  let word: Word | null = null;
  let ours = false;
  socket.onopen = onOpen;
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (typeof data === "string") word = JSON.parse(data) as Word;
    else onOutput(new Uint8Array(data));
  };
  socket.onclose = ({ code, reason }) => {
    if (!ours) onEnd(endOf(word, code, reason));
  };
  const say = (said: object) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(said));
  };
  return {
    type: (text) => pieces(text).forEach((data) => say({ type: "typed", data })),
    resize: (now, high) => say({ type: "resized", columns: now, rows: high }),
    took: (count) => say({ type: "took", count }),
    close: () => {
      ours = true;
      socket.close();
    },
  };
}
