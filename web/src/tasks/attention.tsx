// Tells that a task needs a person, on whatever page one is: in the title, and as the browser's notification where that was wished.
// Of all pages of a browser the leading one does; what it has told of is known to whichever comes after it.
import { useNavigate } from "@tanstack/react-router";
import { Bell, BellOff, BellRing } from "lucide-react";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { hear, say as tellOthers } from "../api/pages";
import { Menu, say } from "../kit";
import { useMe } from "../session/me";
import { setWaiting } from "../shell/title";
import { leads } from "./changes";
import { NOTHING, type Line } from "./filters";
import { useCounts, useNeeding } from "./lines";
import { matter, news } from "./news";

export type Wish = "off" | "mine" | "all";

const KEY = "pullwright.notify";
const listeners = new Set<() => void>();
const able = "Notification" in window;

function wished(): Wish {
  const kept = localStorage.getItem(KEY);
  return able && Notification.permission === "granted" && (kept === "mine" || kept === "all") ? kept : "off";
}

async function wish(what: Wish): Promise<void> {
  if (what !== "off" && (await Notification.requestPermission()) !== "granted") {
    say("The browser does not allow notifications here. Allow them in its settings for this site.", "bad");
    what = "off";
  }
  localStorage.setItem(KEY, what);
  listeners.forEach((listener) => listener());
}

function useWish(): Wish {
  return useSyncExternalStore((listener) => (listeners.add(listener), () => listeners.delete(listener)), wished);
}

/** Draws nothing. Stands once, in the frame of all pages. */
export default function Attention() {
  const me = useMe();
  const navigate = useNavigate();
  const what = useWish();
  const known = useRef<ReadonlySet<string> | null>(null);
  const leading = useSyncExternalStore(leads.subscribe, leads.now);
  const needing = useNeeding(NOTHING, what !== "off" && leading);
  const counts = useCounts(NOTHING);
  useEffect(() => setWaiting(counts.data?.needing ?? 0), [counts.data]);
  useEffect(() => {
    const now = needing.data;
    if (!now) return;
    const fresh = news(known.current, now);
    // What other pages told of stays known, however old what this one has seen may be.
    known.current = new Set([...(known.current ?? []), ...now.map(matter)]);
    if (!leading) return;
    tellOthers({ kind: "told", matters: [...known.current] });
    for (const line of fresh) {
      if (what === "off" || (what === "mine" && line.user !== me.name)) continue;
      const shown = new Notification(line.title, { body: told(line), tag: line.id, icon: "/app/icon.svg" });
      shown.onclick = () => {
        window.focus();
        shown.close();
        void navigate({ to: "/tasks/$task", params: { task: line.id } });
      };
    }
  }, [needing.data, leading, what, me.name, navigate]);
  useEffect(() => hear("told", (word) => (known.current = new Set([...(known.current ?? []), ...word.matters]))), []);
  useEffect(() => () => setWaiting(0), []);
  return null;
}

function told(line: Line): string {
  if (line.asks) return `Asks: ${line.asks}`;
  return line.state === "review" ? `Ready for review · +${line.added} −${line.removed}` : "Waits for an answer";
}

const WISHES: readonly [Wish, string][] = [
  ["mine", "When a task of mine needs me"],
  ["all", "When any task needs a person"],
  ["off", "Never"],
];

/** The button that asks for notifications. */
export function NotifyButton() {
  const what = useWish();
  if (!able) return null;
  const Icon = what === "off" ? Bell : BellRing;
  return (
    <Menu
      entries={WISHES.map(([value, label]) => ({
        label: (
          <>
            {value === "off" ? <BellOff size={15} aria-hidden /> : <Bell size={15} aria-hidden />}
            <span className="grow">{label}</span>
            {value === what && <span aria-label="chosen">✓</span>}
          </>
        ),
        onSelect: () => void wish(value),
      }))}
    >
      <button type="button" className="btn quiet icon" aria-label="Notifications" title="Notifications of this browser">
        <Icon size={16} aria-hidden />
      </button>
    </Menu>
  );
}
