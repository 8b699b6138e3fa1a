// What the names of models stand for, and how an administrator changes that.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Trash2, Undo2 } from "lucide-react";
import { useState, type ReactNode } from "react";
import { api, data, type Schemas } from "../api/client";
import { Badge, Bones, Button, Confirm, Empty, Trouble, type Tone } from "../kit";
import { useMe } from "../session/me";
import { ModelForm, type Entry } from "./model-form";

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
  return useMe().is_admin ? <Set /> : <Told />;
}

function Told() {
  const server = useServer();
  if (server.error) return <Trouble error={server.error} retry={() => void server.refetch()} />;
  if (!server.data) return <Bones lines={5} />;
  const { choices } = server.data;
  if (!choices.length) return <Empty title="No model is set up">An administrator sets one up.</Empty>;
  return (
    <ul className="lines">
      {choices.map((one) => (
        <Line key={one.name} model={one} />
      ))}
    </ul>
  );
}

/** For who may set them. */
function Set() {
  const client = useQueryClient();
  const book = useQuery({ queryKey: ["models"], queryFn: () => data(api.GET("/api/v1/models")) });
  const [changed, setChanged] = useState<Entry | "new" | null>(null);
  const [left, setLeft] = useState<Entry | null>(null);
  if (book.error) return <Trouble error={book.error} retry={() => void book.refetch()} />;
  if (!book.data) return <Bones lines={5} />;
  const { models } = book.data;
  return (
    <>
      <div className="row wrap spread">
        <p className="soft grow">
          Set here, or in the server’s configuration (<code>pullwright config</code>), which holds where nothing is set here. Keys are sealed, and never shown. What each was used for is on the page{" "}
          <Link to="/usage" search={{ group: "model" }}>
            Usage
          </Link>
          .
        </p>
        <Button look="primary" onClick={() => setChanged("new")}>
          Add a model
        </Button>
      </div>
      {!models.length && <Empty title="No model is set up">Tasks need two: fast and deep.</Empty>}
      <ul className="lines">
        {models.map((one) => (
          <Line key={one.view.name} model={one.view} here={one.here}>
            <Button small aria-label={`Change ${one.view.name}`} onClick={() => setChanged(one)}>
              Change
            </Button>
            {one.here && (
              <Button small look="quiet" label={one.configured ? `Let the configuration say what ${one.view.name} is` : `Remove ${one.view.name}`} onClick={() => setLeft(one)}>
                {one.configured ? <Undo2 size={16} /> : <Trash2 size={16} />}
              </Button>
            )}
          </Line>
        ))}
      </ul>
      {changed && <ModelForm book={book.data} entry={changed === "new" ? null : changed} onClose={() => setChanged(null)} />}
      {left && (
        <Confirm
          title={left.configured ? `Let the configuration say what ${left.view.name} is?` : `Remove ${left.view.name}?`}
          about={left.configured ? "What was set here is forgotten, its key too." : "Tasks and keys that ask for it are refused from then on. Its key is forgotten."}
          action={left.configured ? "Go by the configuration" : "Remove it"}
          onClose={() => setLeft(null)}
          run={async () => {
            client.setQueryData(["models"], await data(api.DELETE("/api/v1/models/{name}", { params: { path: { name: left.view.name } } })));
            void client.invalidateQueries({ queryKey: ["server"] });
          }}
        />
      )}
    </>
  );
}

function Line({ model, here, children }: { model: Model; here?: boolean; children?: ReactNode }) {
  const [tone, words] = KEYS[model.key];
  return (
    <li className="line">
      <div className="stack tight grow">
        <div className="row wrap">
          <strong className="mono breaks">{model.name}</strong>
          {words && <Badge tone={tone}>{words}</Badge>}
          {here && <Badge>Set here</Badge>}
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
      {children && <div className="row">{children}</div>}
    </li>
  );
}
