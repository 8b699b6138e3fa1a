// Where in a text field the caret is drawn: measured in a copy of the field, since a browser does not tell.

const SAME = ["boxSizing", "width", "paddingTop", "paddingRight", "paddingBottom", "paddingLeft", "font", "lineHeight", "letterSpacing", "direction"] as const;

/** The lower edge of the line at `offset`, and its start in pixels from the field's upper left corner. */
export function caretAt(area: HTMLTextAreaElement, offset: number): { top: number; left: number } {
  const copy = document.createElement("div");
  const style = getComputedStyle(area);
  for (const name of SAME) copy.style[name] = style[name];
  Object.assign(copy.style, { position: "absolute", visibility: "hidden", whiteSpace: "pre-wrap", overflowWrap: "break-word", top: "0", left: "0" });
  copy.textContent = area.value.slice(0, offset);
  const mark = document.createElement("span");
  mark.textContent = "@";
  copy.append(mark);
  area.parentElement?.append(copy);
  const at = { top: mark.offsetTop + mark.offsetHeight - area.scrollTop, left: mark.offsetLeft };
  copy.remove();
  return at;
}
