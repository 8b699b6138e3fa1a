// The frame of every page: where to go, who one is, whether the server is there.
import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { ChartNoAxesColumn, CircleHelp, FolderGit2, ListChecks, Menu as MenuIcon, Monitor, Moon, Plus, Search, Settings, Sun } from "lucide-react";
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import { Button, Dialog, Key, Menu, Tip, Toasts } from "../kit";
import { signOut, useMe } from "../session/me";
import { shortcutsNow, useShortcuts } from "./keys";
import { setTheme, useTheme } from "./theme";
import "./layout.css";

const Palette = lazy(() => import("./palette"));
const Attention = lazy(() => import("../tasks/attention"));

const PLACES = [
  { to: "/", icon: ListChecks, name: "Tasks" },
  { to: "/projects", icon: FolderGit2, name: "Projects" },
  { to: "/usage", icon: ChartNoAxesColumn, name: "Usage" },
  { to: "/admin", icon: Settings, name: "Settings" },
] as const;

export function Layout() {
  const navigate = useNavigate();
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const [open, setOpen] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => setOpen(false), [path]);
  useShortcuts([
    { keys: "c", about: "New task", run: () => void navigate({ to: "/new" }) },
    { keys: "mod+k", about: "Go anywhere", run: () => setPalette(true) },
    { keys: "?", about: "These keys", run: () => setHelp(true) },
    { keys: "g t", about: "Go to tasks", run: () => void navigate({ to: "/" }) },
    { keys: "g p", about: "Go to projects", run: () => void navigate({ to: "/projects" }) },
    { keys: "g u", about: "Go to usage", run: () => void navigate({ to: "/usage" }) },
  ]);
  return (
    <div className={open ? "frame open" : "frame"}>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="topbar">
        <Button look="quiet" label="Menu" onClick={() => setOpen(!open)}>
          <MenuIcon size={18} />
        </Button>
        <span className="brand">Pullwright</span>
        <Button look="primary" small onClick={() => void navigate({ to: "/new" })}>
          <Plus size={15} /> New task
        </Button>
      </header>
      <nav className="side" aria-label="Pages">
        <div className="row brand">
          <img src="/app/icon.svg" width={22} height={22} alt="" /> Pullwright
        </div>
        <Button look="primary" onClick={() => void navigate({ to: "/new" })}>
          <Plus size={16} /> New task <Key>C</Key>
        </Button>
        <Button onClick={() => setPalette(true)}>
          <Search size={15} /> <span className="grow">Search</span> <Key>Ctrl K</Key>
        </Button>
        <ul className="places">
          {PLACES.map(({ to, icon: Icon, name }) => (
            <li key={to}>
              <Link to={to} className="place" activeOptions={{ exact: to === "/" }} activeProps={{ "aria-current": "page" }}>
                <Icon size={17} aria-hidden /> {name}
              </Link>
            </li>
          ))}
        </ul>
        <div className="grow" />
        <Foot onHelp={() => setHelp(true)} />
      </nav>
      <div className="body">
        <Away />
        <main id="main" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Suspense>
        <Attention />
      </Suspense>
      <Suspense>{palette && <Palette onClose={() => setPalette(false)} />}</Suspense>
      <Dialog open={help} onClose={() => setHelp(false)} title="Keys">
        <ul className="stack">
          {shortcutsNow().map((shortcut) => (
            <li key={shortcut.keys} className="row spread">
              {shortcut.about} <Key>{shortcut.keys.replace("mod+", "Ctrl ")}</Key>
            </li>
          ))}
        </ul>
      </Dialog>
      <Toasts />
    </div>
  );
}

function Foot({ onHelp }: { onHelp: () => void }) {
  const me = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { theme } = useTheme();
  const Icon = theme === "dark" ? Moon : theme === "light" ? Sun : Monitor;
  return (
    <div className="row foot">
      <Menu
        align="start"
        entries={[
          { label: "Your keys and webhooks", onSelect: () => void navigate({ to: "/admin" }) },
          { label: "Keys on the keyboard", onSelect: onHelp },
          null,
          { label: "Sign out", onSelect: () => void signOut(client).then(() => navigate({ to: "/sign-in" })) },
        ]}
      >
        <button type="button" className="btn quiet who">
          <span className="avatar" aria-hidden>
            {me.name.slice(0, 1).toUpperCase()}
          </span>
          <span className="truncate" dir="auto">
            {me.name}
          </span>
        </button>
      </Menu>
      <Menu
        entries={(["system", "light", "dark"] as const).map((one) => ({ label: { system: "As the system", light: "Light", dark: "Dark" }[one], onSelect: () => setTheme(one) }))}
      >
        <button type="button" className="btn quiet icon" aria-label="Colours">
          <Icon size={16} />
        </button>
      </Menu>
      <Tip text="Keys">
        <button type="button" className="btn quiet icon" aria-label="Keys on the keyboard" onClick={onHelp}>
          <CircleHelp size={16} />
        </button>
      </Tip>
    </div>
  );
}

/** Says that one is offline; streams and questions go on by themselves afterwards. */
function Away() {
  const online = useSyncExternalStore(
    (listener) => {
      window.addEventListener("online", listener);
      window.addEventListener("offline", listener);
      return () => (window.removeEventListener("online", listener), window.removeEventListener("offline", listener));
    },
    () => navigator.onLine,
  );
  if (online) return null;
  return (
    <div className="away" role="status">
      You are offline. What is shown may be old; it goes on by itself.
    </div>
  );
}
