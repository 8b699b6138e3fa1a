// What a name is to stand for: provider, model, address, key; tried before it is kept.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState, type FormEvent } from "react";
import { api, data, type Schemas } from "../api/client";
import { Badge, Button, Choice, Dialog, duration, Input, say, Trouble, wrongAt } from "../kit";

export type Book = Schemas["ModelBook"];
export type Entry = Book["models"][number];
type Order = Schemas["ModelOrder"];

const EFFORTS = ["", "none", "minimal", "low", "medium", "high", "xhigh"] as const;
const WIRES = { responses: "Responses", chat: "Chat Completions", anthropic: "Messages (Anthropic)" } as const;

interface Props {
  book: Book;
  /** What is changed; null: a name is added. */
  entry: Entry | null;
  onClose: () => void;
}

export function ModelForm({ book, entry, onClose }: Props) {
  const client = useQueryClient();
  const listId = useId();
  const [name, setName] = useState(entry?.view.name ?? "");
  const [provider, setProvider] = useState(entry && book.providers.some((one) => one.name === entry.view.provider) ? entry.view.provider : (book.providers[0]?.name ?? ""));
  const [order, setOrder] = useState({ model: entry?.view.model ?? "", effort: entry?.view.effort ?? "", wire: "", base_url: entry?.base_url ?? "", key: "" });
  const chosen = book.providers.find((one) => one.name === provider);
  const body = { ...order, provider, wire: order.wire || null, key: order.key || null } as Order;
  const trying = useMutation({ mutationFn: () => data(api.POST("/api/v1/models/try", { params: { query: { name } }, body })) });
  const keeping = useMutation({
    mutationFn: () => data(api.PUT("/api/v1/models/{name}", { params: { path: { name } }, body })),
    onSuccess: (made) => {
      client.setQueryData(["models"], made);
      void client.invalidateQueries({ queryKey: ["server"] });
      say(`${name} stands for ${provider}/${order.model}.`, "good");
      onClose();
    },
  });
  const set = (change: Partial<typeof order>) => {
    setOrder((before) => ({ ...before, ...change }));
    // What was said of another sign-in says nothing of this one; of another model of it, still which there are.
    if (!("model" in change)) trying.reset();
    keeping.reset();
  };
  const error = keeping.error ?? trying.error;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keeping.mutate();
  };
  return (
    <Dialog open onClose={onClose} title={entry ? `What ${name} stands for` : "Another model"} about="It holds at once, for new turns and for requests of the API. What runs goes on as it began.">
      <form className="stack" onSubmit={submit}>
        {!entry && <Input label="Name to ask for" value={name} onChange={(event) => setName(event.target.value)} required maxLength={128} placeholder="openai/gpt-6-luna" hint="fast, deep, or like provider/model." wrong={wrongAt(error, "name")} />}
        <div className="pair">
          <Choice label="Provider" value={provider} onChange={(event) => {
              setProvider(event.target.value);
              set({ key: "" });
            }} wrong={wrongAt(error, "provider")}>
            {book.providers.map((one) => (
              <option key={one.name}>{one.name}</option>
            ))}
          </Choice>
          <Choice label="Effort" value={order.effort} onChange={(event) => set({ effort: event.target.value })}>
            {EFFORTS.map((one) => (
              <option key={one} value={one}>
                {one || "as the model does by itself"}
              </option>
            ))}
          </Choice>
        </div>
        <Input label="Model" value={order.model} onChange={(event) => set({ model: event.target.value })} required maxLength={256} list={listId} autoComplete="off" spellCheck={false} hint={trying.data?.ok ? undefined : "As the provider calls it. Try it, and what it lists can be chosen."} />
        <datalist id={listId}>{trying.data?.models?.map((one) => <option key={one} value={one} />)}</datalist>
        <Input
          label="Key"
          type="password"
          autoComplete="off"
          value={order.key}
          onChange={(event) => set({ key: event.target.value })}
          placeholder={entry?.own_key ? "Set. Leave it empty to keep it." : "Empty: the server’s own for this provider"}
          hint="It is sealed, and never shown again."
          wrong={wrongAt(error, "key")}
        />
        <div className="pair">
          <Input label="Address" value={order.base_url} onChange={(event) => set({ base_url: event.target.value })} placeholder={chosen?.address || "https://…/v1"} hint={chosen?.address ? "Empty: the provider’s own." : undefined} wrong={wrongAt(error, "base_url")} />
          <Choice label="Speaks" value={order.wire} onChange={(event) => set({ wire: event.target.value })}>
            <option value="">{chosen ? `${WIRES[chosen.wire]}, as the provider does` : "as the provider does"}</option>
            {Object.entries(WIRES).map(([wire, words]) => (
              <option key={wire} value={wire}>
                {words}
              </option>
            ))}
          </Choice>
        </div>
        {trying.data && <Said tried={trying.data} model={order.model} />}
        {error !== null && <Trouble error={error} />}
        <div className="row actions">
          <Button busy={trying.isPending} disabled={!order.model || !name} onClick={() => trying.mutate()}>
            Try it
          </Button>
          <span className="grow" />
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={keeping.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Said({ tried, model }: { tried: Schemas["ModelTried"]; model: string }) {
  if (!tried.ok) {
    return (
      <p className="trouble" role="alert">
        <span>
          <strong>{tried.why}</strong> {tried.fix}
        </span>
      </p>
    );
  }
  const models = tried.models ?? [];
  const listed = models.includes(model);
  return (
    <p className="row wrap" role="status">
      <Badge tone={listed ? "good" : "warn"}>{listed ? "It answers" : "It answers, and does not list this model"}</Badge>
      <span className="soft">
        after {duration(tried.seconds)}, with {models.length === 1 ? "1 model" : `${models.length} models`}
      </span>
    </p>
  );
}
