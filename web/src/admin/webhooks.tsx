// Webhooks out: who is told when work in the background has ended, and how that went.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, ChevronRight, Webhook } from "lucide-react";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { Badge, Bones, Button, Check, Confirm, Copyable, Dialog, duration, Empty, Menu, say, sayTrouble, Trouble, When } from "../kit";
import { useMe } from "../session/me";
import { usePeople, useProjects } from "../usage/names";
import { Deliveries } from "./deliveries";
import { WebhookForm } from "./webhook-form";

type Endpoint = Schemas["EndpointView"];
const AT = "/api/v1/webhook-endpoints/{endpoint}" as const;

export function Webhooks() {
  const me = useMe();
  const client = useQueryClient();
  const [everybodys, setEverybodys] = useState(false);
  const endpoints = useQuery({
    queryKey: ["webhooks", everybodys],
    queryFn: () => data(api.GET("/api/v1/webhook-endpoints", { params: { query: { all: everybodys } } })),
  });
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<Endpoint | null>(null);
  const fresh = () => client.invalidateQueries({ queryKey: ["webhooks"] });
  return (
    <>
      <div className="row wrap spread">
        <p className="soft grow">A signed message goes to your address when a response that you left running has ended.</p>
        <Button look="primary" onClick={() => setMaking(true)}>
          Add a webhook
        </Button>
      </div>
      {me.is_admin && <Check label="Everybody’s" checked={everybodys} onChange={(event) => setEverybodys(event.target.checked)} />}
      {endpoints.error ? (
        <Trouble error={endpoints.error} retry={() => void endpoints.refetch()} />
      ) : !endpoints.data ? (
        <Bones lines={4} />
      ) : !endpoints.data.length ? (
        <Empty icon={<Webhook size={32} aria-hidden />} title="No webhooks yet">
          Rather than ask again and again, let a program of yours be told.
        </Empty>
      ) : (
        <ul className="lines">
          {endpoints.data.map((one) => (
            <Line key={one.id} endpoint={one} everybodys={everybodys} onSecret={setSecret} fresh={fresh} />
          ))}
        </ul>
      )}
      {making && <WebhookForm onClose={() => setMaking(false)} onMade={(made) => (setMaking(false), setSecret(made), void fresh())} />}
      {secret && (
        <Dialog open onClose={() => setSecret(null)} title="The webhook’s secret" about="Messages are signed with it. Copy it to the receiver now: it is not shown again.">
          <Copyable text={secret.secret} about="Secret" />
          <p className="soft">After a renewal the one before signs too for a day, so that no message is missed.</p>
          <div className="row actions">
            <Button look="primary" onClick={() => setSecret(null)}>
              I have copied it
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

interface LineGiven {
  endpoint: Endpoint;
  everybodys: boolean;
  onSecret: (endpoint: Endpoint) => void;
  fresh: () => Promise<void>;
}

function Line({ endpoint, everybodys, onSecret, fresh }: LineGiven) {
  const people = usePeople();
  const projects = useProjects();
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState<"" | "remove" | "renew">("");
  const [testing, setTesting] = useState(false);
  const [tried, setTried] = useState<Schemas["Tried"] | null>(null);
  const path = { endpoint: endpoint.id };
  const edit = (change: Partial<Schemas["EndpointEdit"]>) => data(api.PATCH(AT, { params: { path }, body: { url: null, events: null, enabled: null, new_secret: false, ...change } }));
  const test = async () => {
    setTesting(true);
    setTried(null);
    try {
      setTried(await data(api.POST(`${AT}/test`, { params: { path } })));
    } catch (problem) {
      sayTrouble(problem);
    } finally {
      setTesting(false);
    }
  };
  const enable = (enabled: boolean) => void edit({ enabled }).then(() => (say(enabled ? "It is told again" : "It is told nothing any more", "good"), fresh()), sayTrouble);
  const project = endpoint.project_id && (projects.data?.find((one) => one.id === endpoint.project_id)?.name ?? endpoint.project_id);
  return (
    <li className="line column">
      <div className="row wrap">
        <div className="stack tight grow">
          <div className="row wrap">
            <strong className="mono breaks">{endpoint.url}</strong>
            {endpoint.disabled !== null ? <Badge tone="bad">Disabled</Badge> : endpoint.failing !== null ? <Badge tone="warn">Failing</Badge> : <Badge tone="good">On</Badge>}
            {everybodys && <span dir="auto">of {people.data?.find((one) => one.id === endpoint.user_id)?.name ?? endpoint.user_id}</span>}
          </div>
          <div className="faint">
            {project ? `whatever is done in ${project}` : "what its owner started"} · {endpoint.events.length ? endpoint.events.join(", ") : "all events"}
            {endpoint.why && ` · ${endpoint.why}`}
            {endpoint.failing !== null && endpoint.disabled === null && (
              <>
                {" "}
                · nothing got through since <When at={endpoint.failing} />
              </>
            )}
          </div>
        </div>
        <Button small onClick={() => void test()} busy={testing}>
          Test
        </Button>
        <Button small onClick={() => setOpen(!open)} aria-expanded={open}>
          {open ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />} Deliveries
        </Button>
        <Menu
          entries={[
            endpoint.disabled === null ? { label: "Disable", onSelect: () => enable(false) } : { label: "Enable", onSelect: () => enable(true) },
            { label: "Renew the secret", onSelect: () => setAsking("renew") },
            null,
            { label: "Remove", danger: true, onSelect: () => setAsking("remove") },
          ]}
        >
          <Button small>More</Button>
        </Menu>
      </div>
      {tried && (
        <p className={tried.delivered ? "tried good" : "tried bad"} role="status">
          {tried.delivered ? `It answered with ${tried.status}, in ${duration(tried.seconds)}.` : `It did not get through${tried.status ? ` (${tried.status})` : ""}: ${tried.why}`}
        </p>
      )}
      {open && <Deliveries endpoint={endpoint.id} disabled={endpoint.disabled !== null} />}
      {asking === "renew" && (
        <Confirm
          title="Renew the secret?"
          about="The secret now goes on signing for a day beside the new one; then it is worth nothing."
          action="Renew it"
          onClose={() => setAsking("")}
          run={() => edit({ new_secret: true }).then((made) => (onSecret(made), fresh()))}
        />
      )}
      {asking === "remove" && (
        <Confirm
          title="Remove this webhook?"
          about="It is told nothing any more; what waits for it and the list of its deliveries go. This cannot be undone."
          action="Remove it"
          onClose={() => setAsking("")}
          run={() => data(api.DELETE(AT, { params: { path } })).then(fresh)}
        />
      )}
    </li>
  );
}
