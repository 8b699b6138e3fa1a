// The report in sentences, each with what bears it out. What the agent says is marked as its word.
import { Badge, Markdown, type Tone } from "../../kit";
import { Borne, EventLink } from "./links";
import type { Claim, Statement } from "./report";

const PARTS: readonly (readonly [Statement["part"], string])[] = [
  ["asked", "What was asked"],
  ["changed", "What changed"],
  ["checked", "What was checked"],
];

export function Sentences({ statements }: { statements: readonly Statement[] }) {
  return (
    <>
      {PARTS.map(([part, title]) => {
        const these = statements.filter((one) => one.part === part);
        if (!these.length) return null;
        return (
          <section key={part} className="card stack">
            <h2>{title}</h2>
            <ul className="sentences">
              {these.map((one, index) => (
                <li key={index} className={one.claim ? "claim" : ""}>
                  {one.claim ? (
                    <>
                      <Badge>the agent says</Badge>
                      <Markdown text={one.text} />
                    </>
                  ) : (
                    <p className="pre" dir="auto">
                      {one.text}
                    </p>
                  )}
                  {one.evidence?.map((evidence, at) => <Borne key={at} evidence={evidence} />)}
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}

const STANDINGS: Record<Claim["standing"], readonly [Tone, string]> = {
  seen: ["good", "seen"],
  differs: ["bad", "differs from what was seen"],
  outdated: ["warn", "outdated"],
  "not seen": ["warn", "claimed, not seen"],
};

export function Claims({ claims }: { claims: readonly Claim[] }) {
  if (!claims.length) return null;
  return (
    <section className="card stack">
      <h2>What the agent says it ran</h2>
      <ul className="sentences">
        {claims.map((claim, index) => {
          const [tone, words] = STANDINGS[claim.standing];
          return (
            <li key={index}>
              <p dir="auto">{claim.text}</p>
              <p className="row wrap small">
                <Badge tone={tone}>{words}</Badge>
                {!!claim.seq && <EventLink seq={claim.seq} />}
                {claim.note && <span className="faint">{claim.note}</span>}
              </p>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
