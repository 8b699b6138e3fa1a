// Whether a project's repository can be reached, and else what to do about it.
import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { Badge, Bone, Button, duration, Tip, Trouble, When } from "../kit";
import { asks } from "./asks";

/** In a list: one word, the reason on hover and in the words for readers. */
export function Health({ project }: { project: string }) {
  const check = useQuery(asks.check(project));
  if (check.isPending) return <Bone width={78} height={20} />;
  if (check.error) return <Badge tone="warn">Not checked</Badge>;
  const { ok, why, fix } = check.data;
  if (ok) return <Badge tone="good">Reachable</Badge>;
  return (
    <Tip text={`${why ?? ""} ${fix ?? ""}`}>
      <span tabIndex={0} className="health-bad" aria-label={`Not reachable: ${why ?? ""}`}>
        <Badge tone="bad">Not reachable</Badge>
      </span>
    </Tip>
  );
}

/** On a project's page: what came of the last look, and a new one. */
export function HealthCard({ project }: { project: string }) {
  const check = useQuery(asks.check(project));
  const again = (
    <Button small busy={check.isFetching} onClick={() => void check.refetch()}>
      <RefreshCw size={14} aria-hidden /> Check now
    </Button>
  );
  return (
    <section className="card stack" aria-labelledby="health-title">
      <div className="row spread">
        <h2 id="health-title">Repository</h2>
        {again}
      </div>
      <div aria-live="polite">
        {check.isPending ? (
          <Bone width="60%" />
        ) : check.error ? (
          <Trouble error={check.error} retry={() => void check.refetch()} />
        ) : check.data.ok ? (
          <p className="row wrap">
            <Badge tone="good" dot>
              Reachable
            </Badge>
            <span className="soft">
              fetched in {duration(check.data.seconds)}, <When at={check.data.at} />
            </span>
          </p>
        ) : (
          <div className="trouble">
            <div className="stack">
              <strong dir="auto">{check.data.why}</strong>
              {check.data.fix && <span dir="auto">{check.data.fix}</span>}
              <span className="faint">
                Looked <When at={check.data.at} />
              </span>
            </div>
          </div>
        )}
      </div>
    </section>
  );
}
