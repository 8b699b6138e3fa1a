// A shell in the sandbox. It is the person's own: what they change there becomes part of the attempt's work.
import { FitAddon } from "@xterm/addon-fit";
import { Terminal as Screen } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { useEffect, useRef, useState } from "react";
import { Button } from "../kit";
import { useTheme } from "../shell/theme";
import { openLine, type End, type Line } from "./line";
import { monoFont, paletteNow } from "./palette";

/** Bytes that are shown before the server is told: fewer messages, and never so many that it has to wait. */
const TOLD = 64 << 10;

export default function Terminal({ attempt, shown, onLeave }: { attempt: string; shown: boolean; onLeave: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const screen = useRef<Screen>(null);
  const [life, setLife] = useState(0);
  const [end, setEnd] = useState<End | null>(null);
  const [open, setOpen] = useState(false);
  const leave = useRef(onLeave);
  leave.current = onLeave;
  const { dark } = useTheme();

  useEffect(() => {
    if (!box.current) return;
    const xterm = new Screen({ fontFamily: monoFont(), fontSize: 13, theme: paletteNow(), minimumContrastRatio: 4.5, logLevel: "off", scrollback: 10_000, cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches });
    const fit = new FitAddon();
    xterm.loadAddon(fit);
    xterm.open(box.current);
    fit.fit();
    screen.current = xterm;
    let untold = 0;
    const line: Line = openLine(attempt, xterm.cols, xterm.rows, {
      onOpen: () => {
        setOpen(true);
        xterm.focus();
      },
      onOutput: (bytes) =>
        xterm.write(bytes, () => {
          untold += bytes.length;
          if (untold < TOLD) return;
          line.took(untold);
          untold = 0;
        }),
      onEnd: (how) => {
        setOpen(false);
        setEnd(how);
      },
    });
    xterm.onData(line.type);
    xterm.onResize(({ cols, rows }) => line.resize(cols, rows));
    xterm.attachCustomKeyEventHandler((event) => {
      // A shell wants Tab and Escape for itself; this is the way out for the keyboard.
      if (event.type !== "keydown" || event.key !== "F6") return true;
      event.preventDefault();
      leave.current();
      return false;
    });
    const sizes = new ResizeObserver(() => box.current?.offsetParent && fit.fit());
    sizes.observe(box.current);
    return () => {
      sizes.disconnect();
      line.close();
      xterm.dispose();
    };
  }, [attempt, life]);

  useEffect(() => {
    if (screen.current) screen.current.options.theme = paletteNow();
  }, [dark]);
  useEffect(() => {
    if (shown) screen.current?.focus();
  }, [shown]);

  return (
    <div className="shell">
      <div className="shell-screen" ref={box} dir="ltr" role="group" aria-label="Terminal in the sandbox" aria-describedby="shell-note" />
      <div className="row spread wrap shell-foot">
        <p id="shell-note" className="soft">
          {end ? end.text : open ? "You are in the agent's workspace: what you change becomes part of its work. F6 leaves the terminal." : "Opening a shell…"}
        </p>
        {end?.again && (
          <Button
            small
            look="primary"
            onClick={() => {
              setEnd(null);
              setLife(life + 1);
            }}
          >
            New shell
          </Button>
        )}
      </div>
    </div>
  );
}
