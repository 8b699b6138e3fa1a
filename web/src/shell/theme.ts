// Light, dark, or as the system has it. Set before the first paint, and when the system changes.
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const KEY = "pullwright.theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function stored(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function applyTheme(): void {
  const theme = stored();
  document.documentElement.dataset.theme = theme === "system" ? (system.matches ? "dark" : "light") : theme;
  listeners.forEach((listener) => listener());
}

export function setTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  applyTheme();
}

export function useTheme(): { theme: Theme; dark: boolean } {
  const subscribe = (listener: () => void) => (listeners.add(listener), () => listeners.delete(listener));
  const theme = useSyncExternalStore(subscribe, stored);
  const dark = useSyncExternalStore(subscribe, () => document.documentElement.dataset.theme === "dark");
  return { theme, dark };
}

system.addEventListener("change", applyTheme);
