// The document's title: how many tasks wait for a person, which page this is, whose it is.
import { useEffect } from "react";

let page = "";
let waiting = 0;

function show(): void {
  document.title = `${waiting ? `(${waiting}) ` : ""}${page ? `${page} · ` : ""}Pullwright`;
}

/** What the page is about, for as long as it is shown. */
export function useTitle(name: string): void {
  useEffect(() => {
    page = name;
    show();
    return () => {
      page = "";
      show();
    };
  }, [name]);
}

/** How many tasks wait for a person, before every page's title. */
export function setWaiting(count: number): void {
  waiting = count;
  show();
}
