// A new webhook out: where to, about what.
import { useState, type FormEvent } from "react";
import { api, data, type Schemas } from "../api/client";
import { Button, Check, Choice, Dialog, Input, Trouble, wrongAt } from "../kit";
import { may, useMe } from "../session/me";
import { useProjects } from "../usage/names";
import { toggled } from "./key-form";

type Event = Schemas["EndpointOrder"]["events"][number];
const EVENTS: readonly Event[] = ["response.completed", "response.failed", "response.cancelled", "response.incomplete"];

export function WebhookForm({ onClose, onMade }: { onClose: () => void; onMade: (made: Schemas["EndpointView"]) => void }) {
  const me = useMe();
  const projects = useProjects();
  const [url, setUrl] = useState("");
  const [project, setProject] = useState("");
  const [events, setEvents] = useState<ReadonlySet<Event>>(new Set());
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const bad = /^https?:\/\/\S+$/.test(url.trim()) ? "" : "Write an address that begins with https://";
    setWrong(bad);
    setError(null);
    if (bad) return;
    setBusy(true);
    try {
      onMade(await data(api.POST("/api/v1/webhook-endpoints", { body: { url: url.trim(), project, user: "", events: [...events] } })));
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={onClose} title="Add a webhook" about="Its secret is shown once, when it is made.">
      <form className="stack" onSubmit={submit} noValidate>
        <Input label="Address" type="url" value={url} onChange={(event) => setUrl(event.target.value)} placeholder="https://ci.example/pullwright" autoFocus wrong={wrong || wrongAt(error, "url")} hint="On the open internet, or on a network that an administrator allows." />
        <Choice label="It is told of" value={project} onChange={(event) => setProject(event.target.value)}>
          <option value="">What I started, in every project</option>
          {projects.data
            ?.filter((one) => !one.archived && may(me, one.id, "member"))
            .map((one) => (
              <option key={one.id} value={one.id}>
                Whatever is done in {one.name}
              </option>
            ))}
        </Choice>
        <fieldset className="choices">
          <legend>Events (none chosen: all)</legend>
          {EVENTS.map((one) => (
            <Check key={one} checked={events.has(one)} onChange={() => setEvents(toggled(events, one))} label={<code>{one}</code>} />
          ))}
        </fieldset>
        {error !== null && <Trouble error={error} />}
        <div className="row actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            Add it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
