// What the names of models stand for, and how an administrator changes that.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { Badge, Bones, Copyable, Empty, Trouble, type Tone } from "../kit";
import { useMe } from "../session/me";

type Model = Schemas["ModelView"];

const KEYS: Record<Model["key"], [Tone, string]> = {
  set: ["good", "Key is set"],
  entra: ["good", "Entra ID"],
  none: ["plain", "No key needed"],
  missing: ["bad", "No key"],
  untold: ["plain", ""],
};
const CLASSES: Record<string, string> = { fast: "small, low latency", deep: "reasoning, long tasks; what tasks use unless they say otherwise" };

export function useServer() {
  return useQuery({ queryKey: ["server"], queryFn: () => data(api.GET("/api/v1/server")), staleTime: 60_000 });
}

/** A price as people compare prices. */
export function priceOf(price: Model["price"]): string {
  if (!price) return "Price unknown: calls cost “unknown”, never $0";
  const cached = price.cached !== null ? `, $${price.cached} cached` : "";
  return `$${price.input} in${cached}, $${price.output} out for a million tokens`;
}

export function Models() {
  const me = useMe();
  const server = useServer();
  if (server.error) return <Trouble error={server.error} retry={() => void server.refetch()} />;
  if (!server.data) return <Bones lines={5} />;
  const { choices } = server.data;
  if (!choices.length) return <Empty title="No model is set up">{me.is_admin ? "Set one in the server’s configuration, and start it anew." : "An administrator sets one up."}</Empty>;
  return (
    <>
      <ul className="lines">
        {choices.map((one) => (
          <Line key={one.name} model={one} />
        ))}
      </ul>
      {me.is_admin && (
        <div className="card stack">
          <h3>To change them</h3>
          <p className="soft">
            Models are settings of the server, not of this page: set them where it runs, as the user that runs it, and start it anew. Keys go into its environment or are kept with <code>pullwright login</code>; nobody is
            ever shown one.
          </p>
          <Copyable text={"pullwright config set models.fast.model openai/gpt-6-luna\npullwright config set models.deep.model anthropic/claude-opus-5-5\npullwright config set models.deep.effort high\npullwright login anthropic"} about="For example" lines />
          <p className="soft">
            Further names that tasks and keys may ask for are <code>provider/model</code> of the setting <code>server.models</code>. What each of them was used for is on the page <Link to="/usage" search={{ group: "model" }}>Usage</Link>.
          </p>
        </div>
      )}
    </>
  );
}

function Line({ model }: { model: Model }) {
  const [tone, words] = KEYS[model.key];
  return (
    <li className="line">
      <div className="stack tight grow">
        <div className="row wrap">
          <strong className="mono breaks">{model.name}</strong>
          {words && <Badge tone={tone}>{words}</Badge>}
          {CLASSES[model.name] && <span className="soft">{CLASSES[model.name]}</span>}
        </div>
        <div className="breaks">
          <span className="mono">
            {model.provider}/{model.model}
          </span>
          {model.effort && <span className="soft"> · effort {model.effort}</span>}
          {model.wire && <span className="soft"> · over {{ responses: "Responses", chat: "Chat Completions", anthropic: "Messages" }[model.wire] ?? model.wire}</span>}
        </div>
        <div className="faint breaks">
          {priceOf(model.price)}
          {model.address && ` · ${model.address}`}
        </div>
      </div>
    </li>
  );
}
