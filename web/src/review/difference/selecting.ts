// Lines are chosen by dragging over their numbers, by Shift with a click, or by Shift with the arrow keys; Enter or a click remarks.
import { useRef, type KeyboardEvent, type MouseEvent, type PointerEvent } from "react";
import { spanning, type Side, type Spot } from "../remarks/spot";
import { useDoing } from "./doing";

interface At {
  path: string;
  side: Side;
  number: number;
}

function atOf(target: EventTarget | null): At | null {
  const found = target instanceof Element ? target.closest<HTMLElement>("button[data-n]") : null;
  if (!found) return null;
  const { path, side, n } = found.dataset;
  return { path: path ?? "", side: side as Side, number: Number(n) };
}

export function useSelecting(selection: Spot | null, onSelect: (spot: Spot | null) => void) {
  const { open } = useDoing();
  const anchor = useRef<At | null>(null);
  const dragging = useRef(false);
  const handled = useRef(false);

  const reach = (at: At): Spot => {
    const from = anchor.current;
    const same = from && from.path === at.path && from.side === at.side;
    if (!same) anchor.current = at;
    return spanning(at.path, at.side, same ? from.number : at.number, at.number);
  };
  const finish = (spot: Spot) => {
    onSelect(null);
    anchor.current = null;
    open(spot);
  };

  const onPointerDown = (event: PointerEvent) => {
    const at = atOf(event.target);
    if (!at || event.button !== 0 || event.pointerType !== "mouse") return;
    if (!event.shiftKey) anchor.current = at;
    dragging.current = true;
    onSelect(reach(at));
  };
  const onPointerMove = (event: PointerEvent) => {
    if (!dragging.current) return;
    const at = atOf(document.elementFromPoint(event.clientX, event.clientY));
    const from = anchor.current;
    if (at && from && at.path === from.path && at.side === from.side) onSelect(reach(at));
  };
  const onPointerUp = () => {
    if (!dragging.current) return;
    dragging.current = false;
    handled.current = true;
    setTimeout(() => (handled.current = false), 0);
    if (selection) finish(selection);
  };
  const onClick = (event: MouseEvent) => {
    const at = atOf(event.target);
    if (!at || handled.current) return;
    if (selection && selection.path === at.path && selection.side === at.side) return finish(selection);
    finish(event.shiftKey ? reach(at) : spanning(at.path, at.side, at.number, at.number));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const at = atOf(event.target);
    if (event.key === "Escape" && selection) return onSelect(null);
    if (!at || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    event.preventDefault();
    const every = [...event.currentTarget.querySelectorAll<HTMLElement>(`button[data-n]`)].sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
    const own = event.target as HTMLElement;
    const split = !!own.closest(".d-half");
    const same = split ? every.filter((one) => one.dataset.side === at.side) : every;
    const next = same[same.indexOf(own) + (event.key === "ArrowDown" ? 1 : -1)];
    if (!next) return;
    const there = atOf(next);
    if (event.shiftKey && there) {
      if (!anchor.current) anchor.current = at;
      if (there.path !== at.path || there.side !== at.side) return;
      onSelect(reach(there));
    } else {
      anchor.current = null;
      onSelect(null);
    }
    next.focus();
  };
  return { onPointerDown, onPointerMove, onPointerUp, onClick, onKeyDown };
}
