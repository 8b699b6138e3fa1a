// What becomes of a list: the tasks, one for each line, and what was said to those that were refused.
import { Badge } from "../kit";
import { linesOf } from "./order";

const SHOWN = 50;

export function Many({ text, refused }: { text: string; refused: ReadonlyMap<string, string> }) {
  const lines = linesOf(text);
  if (!lines.length) return <p className="faint">One task a line. Empty lines and those that begin with # are left out; a line may be an order in JSON.</p>;
  return (
    <section className="many" aria-label="What will be sent">
      <p className="soft">{lines.length === 1 ? "1 task" : `${lines.length.toLocaleString()} tasks`} will be sent:</p>
      <ol>
        {lines.slice(0, SHOWN).map((line) => {
          const why = line.wrong || refused.get(line.text);
          const order = line.order;
          return (
            <li key={line.number}>
              <span className="row">
                <span className="truncate grow" dir="auto" title={line.text}>
                  {line.text}
                </span>
                {order.attempts && order.attempts > 1 && <Badge>{order.attempts} attempts</Badge>}
                {order.ref && <Badge>{order.ref}</Badge>}
                {order.mode === "ask" && <Badge>question</Badge>}
              </span>
              {why && <span className="many-wrong">{why}</span>}
            </li>
          );
        })}
      </ol>
      {lines.length > SHOWN && <p className="faint">and {(lines.length - SHOWN).toLocaleString()} more</p>}
    </section>
  );
}
