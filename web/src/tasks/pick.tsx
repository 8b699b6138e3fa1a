// One of many by name: a button that opens a list to search in.
import { Command } from "cmdk";
import { Check, ChevronsUpDown } from "lucide-react";
import { Popover } from "radix-ui";
import { useId, useState, type ReactNode } from "react";

export interface Option {
  value: string;
  label: string;
  about?: string;
}

interface Props {
  label: string;
  icon?: ReactNode;
  value: string;
  /** What is shown where nothing is chosen. */
  empty: string;
  options: readonly Option[];
  onChange: (value: string) => void;
  /** What may be typed though no option says it, such as a commit. */
  other?: (typed: string) => string;
  loading?: boolean;
  failed?: string;
  wrong?: string;
}

const MOST = 100;

export function Pick({ label, icon, value, empty, options, onChange, other, loading, failed, wrong }: Props) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const shown = options.find((option) => option.value === value)?.label ?? value;
  const wanted = typed.trim().toLowerCase();
  const fitting = options.filter((option) => option.label.toLowerCase().includes(wanted));
  const exact = options.some((option) => option.value === typed.trim());
  const take = (now: string) => {
    onChange(now);
    setOpen(false);
    setTyped("");
  };
  return (
    <div className="pick">
      <span className="pick-label" id={id}>
        {label}
      </span>
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Popover.Trigger asChild>
          <button type="button" className="btn pick-button" aria-labelledby={`${id} ${id}-value`} aria-describedby={wrong ? `${id}-wrong` : undefined}>
            {icon}
            <span className="truncate grow" id={`${id}-value`} dir="auto" title={shown || empty}>
              {shown || empty}
            </span>
            <ChevronsUpDown size={14} aria-hidden />
          </button>
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content className="menu pick-list" align="start" sideOffset={4} aria-label={label}>
            <Command label={label} shouldFilter={false} loop>
              <Command.Input className="input" value={typed} onValueChange={setTyped} placeholder={`Search ${label.toLowerCase()}…`} />
              <Command.List className="pick-options">
                {loading && <p className="pick-word faint">Loading…</p>}
                {failed && <p className="pick-word">{failed}</p>}
                {fitting.slice(0, MOST).map((option) => (
                  <Command.Item key={option.value} value={`=${option.value}`} className="menu-item" onSelect={() => take(option.value)}>
                    <span className="grow stack pick-option">
                      <span className="truncate" dir="auto">
                        {option.label}
                      </span>
                      {option.about && <small className="faint">{option.about}</small>}
                    </span>
                    {option.value === value && <Check size={15} aria-label="chosen" />}
                  </Command.Item>
                ))}
                {fitting.length > MOST && <p className="pick-word faint">and {(fitting.length - MOST).toLocaleString()} more: type some letters</p>}
                {other && wanted && !exact && (
                  <Command.Item value={`+${typed}`} className="menu-item" onSelect={() => take(typed.trim())}>
                    {other(typed.trim())}
                  </Command.Item>
                )}
                {!loading && !failed && fitting.length === 0 && !other && <p className="pick-word faint">Nothing of that name.</p>}
              </Command.List>
            </Command>
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
      {wrong && (
        <span className="pick-wrong" id={`${id}-wrong`} role="alert">
          {wrong}
        </span>
      )}
    </div>
  );
}

interface Segment<V extends string> {
  value: V;
  label: ReactNode;
}

interface SegmentsProps<V extends string> {
  label: string;
  value: V;
  options: readonly Segment<V>[];
  onChange: (value: V) => void;
  /** What the chosen one means. */
  about?: string;
}

/** One of a few, all in sight. */
export function Segments<V extends string>({ label, value, options, onChange, about }: SegmentsProps<V>) {
  const name = useId();
  return (
    <fieldset className="segments" aria-describedby={about ? `${name}-about` : undefined}>
      <legend className="pick-label">{label}</legend>
      <div className="segments-row">
        {options.map((option) => (
          <label key={option.value} className={option.value === value ? "segment chosen" : "segment"}>
            <input type="radio" className="sr-only" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
            {option.label}
          </label>
        ))}
      </div>
      {about && (
        <span className="hint" id={`${name}-about`} aria-live="polite">
          {about}
        </span>
      )}
    </fieldset>
  );
}
