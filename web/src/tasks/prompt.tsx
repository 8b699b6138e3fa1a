// Where the prompt is written: it grows with its text, completes `@file`, and takes images by paste and drop.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { FileText, Folder, ImagePlus, X } from "lucide-react";
import { useDeferredValue, useEffect, useId, useLayoutEffect, useRef, useState, type ClipboardEvent, type DragEvent, type KeyboardEvent } from "react";
import { api, data } from "../api/client";
import { Button, say } from "../kit";
import { caretAt } from "./caret";
import { ACCEPTED, filesOf, imageOf, MOST_IMAGES } from "./images";
import { mentionAt, mentioned, type Mention } from "./mention";

interface Props {
  label: string;
  placeholder: string;
  text: string;
  onText: (text: string) => void;
  project: string;
  at: string;
  /** Null: images cannot be given here. */
  images: readonly string[] | null;
  onImages: (images: readonly string[]) => void;
  /** Characters that images may have together. */
  room: number;
  wrong?: string;
}

/** Pixels that the list of files is wide. */
const LIST = 440;

export function Prompt({ label, placeholder, text, onText, project, at, images, onImages, room, wrong }: Props) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [mention, setMention] = useState<Mention | null>(null);
  const [chosen, setChosen] = useState(0);
  const [over, setOver] = useState(false);
  const letters = useDeferredValue(mention?.letters ?? "");
  const files = useQuery({
    queryKey: ["project", project, "files", at, letters],
    queryFn: () => data(api.GET("/api/v1/projects/{project}/files", { params: { path: { project }, query: { ref: at, match: letters, limit: 8 } } })),
    enabled: mention !== null && project !== "",
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
  });
  const offers = mention ? (files.data?.names ?? []) : [];
  const open = offers.length > 0;
  const [place, setPlace] = useState({ top: 0, left: 0 });
  useLayoutEffect(() => grow(field.current), [text]);
  const start = mention?.start;
  useLayoutEffect(() => {
    const area = field.current;
    if (!area || start === undefined) return;
    const { top, left } = caretAt(area, start);
    setPlace({ top: Math.min(top, area.clientHeight) + 4, left: Math.max(8, Math.min(left, area.clientWidth - LIST)) });
  }, [start]);
  useEffect(() => setChosen(0), [letters]);

  const look = () => {
    const area = field.current;
    setMention(area && area.selectionStart === area.selectionEnd ? mentionAt(area.value, area.selectionStart) : null);
  };
  const take = (name: string) => {
    if (!mention) return;
    const { text: now, caret } = mentioned(text, mention, name);
    onText(now);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(caret, caret);
      look();
    });
  };
  const add = async (given: readonly File[]) => {
    if (images === null) return say("Images go with a single task.", "info");
    const now = [...images];
    for (const file of given) {
      try {
        const url = await imageOf(file);
        const sum = now.reduce((sum, one) => sum + one.length, url.length);
        if (now.length >= MOST_IMAGES) throw new Error(`${MOST_IMAGES} images are the most.`);
        if (sum > room) throw new Error("Together the images are larger than the server takes.");
        now.push(url);
      } catch (error) {
        say(error instanceof Error ? error.message : String(error), "bad");
      }
    }
    onImages(now);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!open || event.nativeEvent.isComposing) return;
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step) setChosen((chosen + step + offers.length) % offers.length);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey) take(offers[chosen] ?? "");
    else if (event.key === "Escape") setMention(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onPaste = (event: ClipboardEvent) => {
    const given = filesOf(event.clipboardData);
    if (!given.length) return;
    event.preventDefault();
    void add(given);
  };
  const onDrop = (event: DragEvent) => {
    setOver(false);
    const given = filesOf(event.dataTransfer);
    if (!given.length) return;
    event.preventDefault();
    void add(given);
  };
  const described = [`${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ");
  return (
    <div className={over ? "prompt over" : "prompt"} onDragOver={(event) => (event.preventDefault(), setOver(true))} onDragLeave={() => setOver(false)} onDrop={onDrop}>
      <label className="sr-only" htmlFor={id}>
        {label}
      </label>
      <textarea
        ref={field}
        id={id}
        className="prompt-text"
        dir="auto"
        autoFocus
        rows={5}
        placeholder={placeholder}
        value={text}
        aria-invalid={!!wrong || undefined}
        aria-describedby={described}
        aria-autocomplete="list"
        aria-controls={open ? `${id}-files` : undefined}
        aria-activedescendant={open ? `${id}-${chosen}` : undefined}
        onChange={(event) => {
          onText(event.target.value);
          look();
        }}
        onSelect={look}
        onBlur={() => setTimeout(() => setMention(null), 150)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      {open && (
        <ul className="prompt-files menu" style={place} id={`${id}-files`} role="listbox" aria-label="Files of the project">
          {offers.map((name, index) => (
            <li
              key={name}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === chosen}
              className="menu-item"
              data-selected={index === chosen}
              onMouseEnter={() => setChosen(index)}
              onMouseDown={(event) => (event.preventDefault(), take(name))}
            >
              {name.endsWith("/") ? <Folder size={14} aria-hidden /> : <FileText size={14} aria-hidden />}
              <Name name={name} />
            </li>
          ))}
        </ul>
      )}
      {images !== null && images.length > 0 && (
        <ul className="prompt-images" aria-label="Images">
          {images.map((url, index) => (
            <li key={index}>
              <img src={url} alt={`Image ${index + 1}`} />
              <button type="button" aria-label={`Remove image ${index + 1}`} onClick={() => onImages(images.filter((_, other) => other !== index))}>
                <X size={13} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="row prompt-foot">
        <span className="faint" id={`${id}-hint`}>
          <span className="mono">@</span> names a file{images !== null && " · paste or drop images"}
        </span>
        <span className="grow" />
        {images !== null && <Choose onFiles={(given) => void add(given)} />}
      </div>
      {wrong && (
        <p className="prompt-wrong" id={`${id}-wrong`} role="alert">
          {wrong}
        </p>
      )}
    </div>
  );
}

function Choose({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={chooser}
        type="file"
        hidden
        multiple
        accept={ACCEPTED}
        aria-label="Images"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <Button small look="quiet" label="Add images" onClick={() => chooser.current?.click()}>
        <ImagePlus size={16} aria-hidden />
      </Button>
    </>
  );
}

/** The last part of a name first to the eye. */
function Name({ name }: { name: string }) {
  const at = name.replace(/\/$/, "").lastIndexOf("/") + 1;
  return (
    <span className="truncate mono" title={name}>
      <span className="faint">{name.slice(0, at)}</span>
      {name.slice(at)}
    </span>
  );
}

function grow(area: HTMLTextAreaElement | null): void {
  if (!area) return;
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, Math.max(160, window.innerHeight * 0.55))}px`;
}
