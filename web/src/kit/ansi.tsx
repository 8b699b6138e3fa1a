// What a command printed, with the colours that it asked for: by class, from the theme, never as HTML.
import Anser from "anser";
import { memo } from "react";
import { legible } from "./legible";

export const Ansi = memo(function Ansi({ text }: { text: string }) {
  const parts = Anser.ansiToJson(legible(text).replace(/\r(?!\n)/g, "\n"), { use_classes: true, remove_empty: true });
  return (
    <>
      {parts.map((part, index) => {
        const colour = part.fg ? part.fg.replace("ansi-", "").replace("bright-", "") : "";
        const classes = [colour && `ansi-${colour}`, ...(part.decorations ?? []).map((one) => `ansi-${one}`)].filter(Boolean).join(" ");
        return classes ? (
          <span key={index} className={classes}>
            {part.content}
          </span>
        ) : (
          part.content
        );
      })}
    </>
  );
});

export function Terminal({ text, label }: { text: string; label: string }) {
  return (
    <pre className="term" dir="ltr" tabIndex={0} aria-label={label}>
      <Ansi text={text} />
    </pre>
  );
}
