// What a terminal would obey and not show, taken out of what is shown: titles of windows, addresses of links (their words stay), bells.
const COMMAND = /\u001b(?:\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-OQ-WYZ\\`-~])/g;
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009f]/g;

/** Text and colours alone. */
export function legible(text: string): string {
  return text.replace(COMMAND, "").replace(CONTROL, "");
}
