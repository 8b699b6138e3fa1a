// People: made, invited, made administrators, disabled, forgotten.
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, data, type Schemas } from "../api/client";
import { Badge, Bones, Button, Check, Confirm, Copyable, Dialog, Empty, Input, Menu, say, sayTrouble, Trouble, When, wrongAt } from "../kit";
import { useMe } from "../session/me";
import { usePeople } from "../usage/names";

type User = Schemas["UserView"];
type Asked = { about: User; what: "disable" | "erase" | "demote" | "link" };
const AT = "/api/v1/users/{user}" as const;

export function Users() {
  const client = useQueryClient();
  const people = usePeople();
  const [making, setMaking] = useState(false);
  const [link, setLink] = useState<{ name: string; link: string } | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [words, setWords] = useState("");
  const fresh = () => client.invalidateQueries({ queryKey: ["users"] });
  const edit = (user: User, change: Partial<Schemas["UserEdit"]>) =>
    data(api.PATCH(AT, { params: { path: { user: user.id } }, body: { email: null, is_admin: null, disabled: null, logins: null, ...change } })).then(fresh);
  const invite = async (user: Pick<User, "id" | "name">) => setLink({ name: user.name, ...(await data(api.POST(`${AT}/link`, { params: { path: { user: user.id } } }))) });
  const shown = people.data?.filter((one) => `${one.name} ${one.email}`.toLowerCase().includes(words.trim().toLowerCase()));
  return (
    <>
      <div className="row wrap spread ends">
        <div className="search">
          <Input label="Search" type="search" value={words} onChange={(event) => setWords(event.target.value)} placeholder="Name or address" />
        </div>
        <Button look="primary" onClick={() => setMaking(true)}>
          Add a person
        </Button>
      </div>
      {people.error ? (
        <Trouble error={people.error} retry={() => void people.refetch()} />
      ) : !shown ? (
        <Bones lines={6} />
      ) : !shown.length ? (
        <Empty title="Nobody of that name" />
      ) : (
        <ul className="lines">
          {shown.map((user) => (
            <Line key={user.id} user={user} onAsk={(what) => setAsked({ about: user, what })} edit={(change) => void edit(user, change).then(() => say("It is so from now on", "good"), sayTrouble)} />
          ))}
        </ul>
      )}
      {making && <UserForm onClose={() => setMaking(false)} onMade={(made) => (setMaking(false), void fresh(), void invite(made).catch(sayTrouble))} />}
      {link && <OneTimeLink {...link} onClose={() => setLink(null)} />}
      {asked && <Asking {...asked} onClose={() => setAsked(null)} edit={edit} fresh={fresh} invite={invite} />}
    </>
  );
}

function Line({ user, onAsk, edit }: { user: User; onAsk: (what: Asked["what"]) => void; edit: (change: Partial<Schemas["UserEdit"]>) => void }) {
  const me = useMe();
  const self = me.user === user.id;
  const erased = user.disabled && user.name.startsWith("erased-");
  const ways = [user.by_password && "password", user.by_provider && "single sign-on"].filter(Boolean).join(", ");
  return (
    <li className="line">
      <div className="stack tight grow">
        <div className="row wrap">
          <strong className="breaks" dir="auto">
            {user.name}
          </strong>
          {self && <span className="faint">you</span>}
          {user.is_admin && <Badge tone="info">Administrator</Badge>}
          {user.disabled && <Badge tone="bad">{erased ? "Erased" : "Disabled"}</Badge>}
          {!ways && !user.disabled && <Badge tone="warn">Has not signed in yet</Badge>}
        </div>
        <div className="faint breaks">
          {[user.email, ways && `signs in by ${ways}`].filter(Boolean).join(" · ")}
          {(user.email || ways) && " · "}here since <When at={user.created} />
        </div>
      </div>
      {!erased && (
        <Menu
          entries={[
            { label: "One-time link", disabled: user.disabled, onSelect: () => onAsk("link") },
            user.is_admin ? { label: "No longer an administrator", onSelect: () => onAsk("demote") } : { label: "Make an administrator", disabled: user.disabled, onSelect: () => edit({ is_admin: true }) },
            user.disabled ? { label: "Enable", onSelect: () => edit({ disabled: false }) } : { label: "Disable", onSelect: () => onAsk("disable") },
            null,
            { label: "Erase", danger: true, onSelect: () => onAsk("erase") },
          ]}
        >
          <Button small aria-label={`Change ${user.name}`}>
            Change
          </Button>
        </Menu>
      )}
    </li>
  );
}

interface AskingGiven extends Asked {
  onClose: () => void;
  edit: (user: User, change: Partial<Schemas["UserEdit"]>) => Promise<void>;
  fresh: () => Promise<void>;
  invite: (user: User) => Promise<void>;
}

function Asking({ about, what, onClose, edit, fresh, invite }: AskingGiven) {
  const { name } = about;
  const shared = { onClose };
  switch (what) {
    case "link":
      return <Confirm {...shared} title={`A one-time link for ${name}?`} about="Whoever opens it sets a new password and is signed in as this person; their other sign-ins end then." action="Make the link" run={() => invite(about)} />;
    case "disable":
      return <Confirm {...shared} title={`Disable ${name}?`} about="They are signed out everywhere at once, and their keys no longer work. They can be enabled again." action="Disable" run={() => edit(about, { disabled: true })} />;
    case "demote":
      return <Confirm {...shared} title={`${name} no longer administers the server?`} about="Their roles in projects stay as they are." action="Take it away" run={() => edit(about, { is_admin: false })} />;
    case "erase":
      return (
        <Confirm
          {...shared}
          title={`Erase ${name}?`}
          about="Name, address, logins, keys, webhooks, sign-ins and responses go. What they did stays, by nobody’s name. This cannot be undone."
          action="Erase for ever"
          word={name}
          run={() => data(api.DELETE(AT, { params: { path: { user: about.id } } })).then(() => (say("The person is forgotten", "good"), fresh()))}
        />
      );
  }
}

function OneTimeLink({ name, link, onClose }: { name: string; link: string; onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={`A link for ${name}`} about="It signs in once, within three days, and is not shown again. Give it to nobody else.">
      <Copyable text={link} about="One-time link" />
      <div className="row actions">
        <Button look="primary" onClick={onClose}>
          I have copied it
        </Button>
      </div>
    </Dialog>
  );
}

function UserForm({ onClose, onMade }: { onClose: () => void; onMade: (made: User) => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      const order = { name: String(form.get("name")), email: String(form.get("email")), is_admin: form.get("admin") === "on", password: "" };
      onMade(await data(api.POST("/api/v1/users", { body: order })));
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={onClose} title="Add a person" about="They come in by a one-time link, which you copy next, or through the company’s sign-in.">
      <form className="stack" onSubmit={submit}>
        <Input label="Name" name="name" required maxLength={64} autoFocus autoComplete="off" spellCheck={false} hint="Letters, digits and . _ @ + -" wrong={wrongAt(error, "name")} />
        <Input label="Address" name="email" type="email" autoComplete="off" hint="Of who comes through the company’s sign-in with this address, verified, it is the account." wrong={wrongAt(error, "email")} />
        <Check label="Administers the server" name="admin" />
        {error !== null && <Trouble error={error} />}
        <div className="row actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            Add them
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
