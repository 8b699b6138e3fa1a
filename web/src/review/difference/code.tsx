// A line's text, in its colours.
import { changedWords } from "./words";
import { LONGEST, nameOf, piecesOf } from "./pieces";
import type { Line } from "./patch";
import { runsOf } from "./syntax";

export function Code({ line, words }: { line: Line; words: boolean }) {
  const pieces = piecesOf(line.text, runsOf(line), words ? changedWords(line) : []);
  const rest = line.text.length - LONGEST;
  return (
    <code className="d-code" dir="ltr">
      {pieces.map((piece, index) =>
        piece.odd ? (
          <span key={index} className="d-odd" title="A letter that is not seen">
            {nameOf(piece.text)}
          </span>
        ) : piece.kind || piece.changed ? (
          <span key={index} className={[piece.kind && `c-${piece.kind}`, piece.changed && "d-word"].filter(Boolean).join(" ")}>
            {piece.text}
          </span>
        ) : (
          piece.text
        ),
      )}
      {rest > 0 && <span className="faint"> … {rest.toLocaleString()} characters more</span>}
      {line.open && <span className="faint" title="No line break at the end of the file"> ⏎̸</span>}
    </code>
  );
}
