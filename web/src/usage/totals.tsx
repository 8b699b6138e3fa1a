// What was used altogether, and how sure that is.
import { count, duration, money } from "../kit";
import type { Totals } from "./series";

function Figure({ name, value, about }: { name: string; value: string; about?: string }) {
  return (
    <div className="figure">
      <dt>{name}</dt>
      <dd>{value}</dd>
      {about && <dd className="faint">{about}</dd>}
    </div>
  );
}

/** The part of the input that came from a cache, in words. */
function cachedPart({ input, cached, cache_written }: Totals): string {
  const part = input ? `${Math.round((cached / input) * 100)} % cached` : "nothing cached";
  return cache_written ? `${part}, ${count(cache_written)} written to caches` : part;
}

export function TotalsBar({ of }: { of: Totals }) {
  const priced = of.calls - of.unpriced;
  const unknown = of.unpriced ? `${count(of.unpriced)} of ${count(of.calls)} calls have no known price` : "every call has a known price";
  return (
    <section className="stack" aria-label="Altogether">
      <dl className="figures">
        <Figure name="Cost" value={of.calls && !priced ? "unknown" : money(of.cost_usd)} about={of.calls ? unknown : undefined} />
        <Figure name="Input tokens" value={count(of.input)} about={cachedPart(of)} />
        <Figure name="Output tokens" value={count(of.output)} about={of.reasoning ? `${count(of.reasoning)} for reasoning` : "none known for reasoning"} />
        <Figure name="Calls" value={count(of.calls)} about={of.estimated ? `${count(of.estimated)} estimated` : "all counted by the provider"} />
        <Figure name="Time of models" value={duration(of.seconds)} about={of.calls ? `${duration(of.seconds / of.calls)} a call` : undefined} />
      </dl>
      {of.estimated > 0 && (
        <p className="hint-line">
          For {of.estimated === 1 ? "one call" : `${count(of.estimated)} calls`} the provider’s own count never came, or has not come yet: these tokens are estimated from what was sent and heard, and are in all sums.
        </p>
      )}
    </section>
  );
}
