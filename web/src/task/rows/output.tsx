// A command's output: its first and last lines, and all of it, however long, a window of lines at a time.
import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Download } from "lucide-react";
import { useMemo, useRef } from "react";
import { Ansi, Bones, Button, count, Trouble } from "../../kit";
import { artifactAddress, artifactQuery } from "../artifact";
import { useFold, useHere } from "../here";
import { folded, remaining, styled } from "../timeline/outputs";

const LINE = 19;
const MOST = 24;
/** Bytes of an output that are asked for to have its colours. */
const SMALL = 64_000;

/** Lines of text, only those in sight rendered. */
export function Lines({ text, label }: { text: string; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => styled(text), [text]);
  const list = useVirtualizer({ count: lines.length, getScrollElement: () => box.current, estimateSize: () => LINE, overscan: 20 });
  return (
    <div className="term lines" ref={box} tabIndex={0} role="group" aria-label={label} dir="ltr" style={{ height: Math.min(lines.length, MOST) * LINE + 18 }}>
      <div style={{ height: list.getTotalSize() }} className="lines-all">
        {list.getVirtualItems().map((item) => (
          <div key={item.index} className="line" style={{ transform: `translateY(${item.start}px)` }}>
            <Ansi text={lines[item.index] ?? ""} />
          </div>
        ))}
      </div>
    </div>
  );
}

/** The whole text of an artifact. */
export function Whole({ artifact, label }: { artifact: string; label: string }) {
  const { attempt } = useHere();
  const { data, error, refetch } = useQuery(artifactQuery(attempt, artifact));
  if (error) return <Trouble error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Bones lines={3} />;
  if (!data) return <p className="faint">It printed nothing.</p>;
  return (
    <>
      <Lines text={data} label={label} />
      <p className="row faint small">
        {count(data.length)} characters
        <a href={artifactAddress(attempt, artifact)} download className="row">
          <Download size={13} aria-hidden /> Download
        </a>
      </p>
    </>
  );
}

/**
 * An output in its colours. What the model was told has none: where it is shorter than what was printed, that is asked for.
 */
function useColours({ text, artifact, bytes, running }: OutputProps): string {
  const { attempt } = useHere();
  const lost = useMemo(() => !running && bytes <= SMALL && bytes !== new TextEncoder().encode(text).length, [running, bytes, text]);
  const { data } = useQuery({ ...artifactQuery(attempt, artifact), enabled: lost && !!artifact });
  return remaining((lost && data) || text);
}

interface OutputProps {
  name: string;
  text: string;
  artifact: string;
  bytes: number;
  running: boolean;
  /** Lines that stay shown. */
  room: number;
}

export function Output(given: OutputProps) {
  const { name, artifact, bytes, running, room } = given;
  const text = useColours(given);
  const [open, toggle] = useFold(`output ${name}`);
  const { head, tail, hidden } = useMemo(() => (running ? folded(text, 0, room) : folded(text, 2, room - 2)), [text, running, room]);
  const more = hidden > 0 || (bytes > 0 && bytes > text.length + 200);
  if (!text && !bytes) return null;
  return (
    <div className="output">
      {open && !running ? (
        artifact ? <Whole artifact={artifact} label="Whole output" /> : <Lines text={text} label="Output" />
      ) : (
        <pre className="term" dir="ltr">
          {head.length > 0 && <Ansi text={head.join("\n")} />}
          {hidden > 0 && <span className="cut">{`${head.length ? "\n" : ""}… ${count(hidden)} more lines\n`}</span>}
          {tail.length > 0 && <Ansi text={tail.join("\n")} />}
        </pre>
      )}
      {more && !running && (
        <Button look="quiet" small onClick={toggle} aria-expanded={open}>
          {open ? "Fold" : "Show the whole output"}
        </Button>
      )}
    </div>
  );
}
