// An amount in a narrow place: what of it has no known price is said beside it, never left out.
import { count, money } from "../kit";
import type { Measure } from "./filters";

export function Amount({ value, unpriced, measure }: { value: number; unpriced: number; measure: Measure }) {
  if (measure !== "cost") return <span className="amount">{count(value)}</span>;
  if (!unpriced) return <span className="amount">{money(value)}</span>;
  const title = `${count(unpriced)} ${unpriced === 1 ? "call has" : "calls have"} no known price`;
  if (!value) return <span className="amount" title={title}>unknown</span>;
  return (
    <span className="amount" title={title}>
      {money(value)} <span className="unpriced">+ {count(unpriced)} unpriced</span>
    </span>
  );
}
