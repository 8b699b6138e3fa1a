// The parts of an environment, one under the other.
import type { ReactNode } from "react";
import { Json } from "./json";
import { LimitFields, Root } from "./machine";
import { Network } from "./network";
import { Scripts } from "./scripts";
import { Secrets } from "./secrets";
import type { DEFAULTS, Spec } from "./spec";
import { TestCommand } from "./tests";
import { Variables } from "./variables";
import type { Wrongs } from "./wrongs";

/** What each part of the form is given. */
export interface Part {
  spec: Spec;
  change: <F extends keyof typeof DEFAULTS>(field: F, value: (typeof DEFAULTS)[F]) => void;
  replace: (field: string, spec: Spec) => void;
  wrong: (at: string) => string | undefined;
  wrongs: Wrongs;
  disabled: boolean;
}

interface Props extends Part {
  project: { id: string; name: string };
  environment: string;
  failing: number;
}

export function Form({ project, environment, failing, ...part }: Props) {
  return (
    <>
      <Section title="Scripts">
        <Scripts {...part} failing={failing} />
      </Section>
      <Section title="Tests">
        <TestCommand {...part} project={project.name} environment={environment} />
      </Section>
      <Section title="Variables" about="Of every command, in setup and after it. Whoever sees the project sees them.">
        <Variables {...part} />
      </Section>
      <Section title="Secrets" about="Sealed when they are set, and never shown again. They are kept at once, not with the rest of this page.">
        <Secrets project={project} environment={environment} />
      </Section>
      <Section title="Network">
        <Network {...part} field="network" title="While the agent works, and when tests are run" about="The less an agent can reach, the less it can leak." />
        <Network {...part} field="setup_network" title="While setup and maintenance run" about="The package registries, unless you say otherwise." />
      </Section>
      <Section title="System">
        <Root {...part} />
      </Section>
      <Section title="Limits" about="Of each sandbox.">
        <LimitFields {...part} />
      </Section>
      <details className="card stack">
        <summary>
          <h2>As JSON</h2>
        </summary>
        <Json spec={part.spec} onChange={(spec) => part.replace("", spec)} disabled={part.disabled} />
      </details>
    </>
  );
}

function Section({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  return (
    <section className="card stack" aria-label={title}>
      <h2>{title}</h2>
      {about && <p className="soft">{about}</p>}
      {children}
    </section>
  );
}
