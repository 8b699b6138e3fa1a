// Buttons, fields, and what opens over the page.
import { Dialog as D, DropdownMenu as M, Tabs as T, Tooltip } from "radix-ui";
import { X } from "lucide-react";
import { useId, type ButtonHTMLAttributes, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from "react";

type Look = "plain" | "primary" | "good" | "danger" | "quiet";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  small?: boolean;
  /** The name of a button that shows an icon alone. */
  label?: string;
  busy?: boolean;
}

/** A button; with `label` it shows its child (an icon) alone, and says the label in a tooltip. */
export function Button({ look = "plain", small, label, busy, className = "", children, disabled, ...rest }: ButtonProps) {
  const classes = ["btn", look !== "plain" && look, small && "small", label && "icon", className].filter(Boolean).join(" ");
  const button = (
    <button type="button" {...rest} className={classes} aria-label={label ?? rest["aria-label"]} aria-busy={busy || undefined} disabled={disabled || busy}>
      {children}
    </button>
  );
  return label ? <Tip text={label}>{button}</Tip> : button;
}

export function Tip({ text, children }: { text: ReactNode; children: ReactNode }) {
  return (
    <Tooltip.Root delayDuration={350}>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className="tip" sideOffset={6}>
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

interface About {
  label: string;
  hint?: ReactNode;
  wrong?: string;
}

function Field({ id, label, hint, wrong, children }: About & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label className="label" htmlFor={id}>
        {label}
      </label>
      {children}
      {hint && (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {wrong && (
        <span className="wrong" id={`${id}-wrong`} role="alert">
          {wrong}
        </span>
      )}
    </div>
  );
}

const described = (id: string, { hint, wrong }: About) =>
  [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ") || undefined;

export function Input({ label, hint, wrong, ...rest }: About & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Field {...{ id, label, hint, wrong }}>
      <input {...rest} id={id} className="input" aria-invalid={!!wrong || undefined} aria-describedby={described(id, { label, hint, wrong })} />
    </Field>
  );
}

export function Area({ label, hint, wrong, ...rest }: About & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <Field {...{ id, label, hint, wrong }}>
      <textarea {...rest} id={id} className={rest.className ? `input ${rest.className}` : "input"} aria-invalid={!!wrong || undefined} aria-describedby={described(id, { label, hint, wrong })} />
    </Field>
  );
}

export function Choice({ label, hint, wrong, children, ...rest }: About & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Field {...{ id, label, hint, wrong }}>
      <select {...rest} id={id} className="input" aria-describedby={described(id, { label, hint, wrong })}>
        {children}
      </select>
    </Field>
  );
}

export function Check({ label, ...rest }: { label: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className="check">
      <input type="checkbox" {...rest} />
      <span>{label}</span>
    </label>
  );
}

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  about?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

/** A dialog over the page: Escape closes it, the focus stays within and goes back afterwards. */
export function Dialog({ open, onClose, title, about, wide, children }: DialogProps) {
  return (
    <D.Root open={open} onOpenChange={(now) => !now && onClose()}>
      <D.Portal>
        <D.Overlay className="overlay" />
        <D.Content className={wide ? "dialog wide" : "dialog"} aria-describedby={about ? undefined : ""}>
          <div className="row spread">
            <D.Title asChild>
              <h2>{title}</h2>
            </D.Title>
            <D.Close asChild>
              <button type="button" className="btn quiet icon small" aria-label="Close">
                <X size={16} />
              </button>
            </D.Close>
          </div>
          {about && <D.Description className="soft">{about}</D.Description>}
          {children}
        </D.Content>
      </D.Portal>
    </D.Root>
  );
}

export interface MenuEntry {
  label: ReactNode;
  onSelect: () => void;
  danger?: boolean;
  disabled?: boolean;
}

/** A menu that its child (a button) opens; `null` is a line. */
export function Menu({ children, entries, align = "end" }: { children: ReactNode; entries: readonly (MenuEntry | null)[]; align?: "start" | "end" }) {
  return (
    <M.Root>
      <M.Trigger asChild>{children}</M.Trigger>
      <M.Portal>
        <M.Content className="menu" align={align} sideOffset={6}>
          {entries.map((entry, index) =>
            entry === null ? (
              <M.Separator key={index} className="menu-line" />
            ) : (
              <M.Item key={index} className={entry.danger ? "menu-item danger" : "menu-item"} disabled={entry.disabled} onSelect={entry.onSelect}>
                {entry.label}
              </M.Item>
            ),
          )}
        </M.Content>
      </M.Portal>
    </M.Root>
  );
}

export interface TabSpec {
  value: string;
  label: ReactNode;
  content: ReactNode;
}

/** Tabs. What is not looked at is not rendered. */
export function Tabs({ label, tabs, value, onChange }: { label: string; tabs: readonly TabSpec[]; value: string; onChange: (value: string) => void }) {
  return (
    <T.Root value={value} onValueChange={onChange} className="stack">
      <T.List className="tabs-list" aria-label={label}>
        {tabs.map((tab) => (
          <T.Trigger key={tab.value} value={tab.value} className="tab">
            {tab.label}
          </T.Trigger>
        ))}
      </T.List>
      {tabs.map((tab) => (
        <T.Content key={tab.value} value={tab.value}>
          {tab.content}
        </T.Content>
      ))}
    </T.Root>
  );
}
