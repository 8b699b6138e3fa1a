// What stands between the lines: a file's name, what is hidden, what is not shown.
import { ChevronDown, ChevronRight, ChevronUp, ChevronsUpDown, Copy } from "lucide-react";
import { Button, Check, count, say as toast } from "../../kit";
import { useDoing } from "./doing";
import type { Gap } from "./gaps";
import type { ChangedFile } from "./rows";

const STATUS = { added: "Added", deleted: "Deleted", modified: "", renamed: "Renamed", copied: "Copied" } as const;

export function FileHead({ file }: { file: ChangedFile }) {
  const doing = useDoing();
  const shut = doing.shut.has(file.path);
  const copy = () => void navigator.clipboard.writeText(file.path).then(() => toast("The path is copied."));
  return (
    <header className="d-file" data-file={file.path}>
      <Button look="quiet" small label={shut ? `Open ${file.path}` : `Fold ${file.path}`} aria-expanded={!shut} onClick={() => doing.shutOrOpen(file)}>
        {shut ? <ChevronRight size={16} /> : <ChevronDown size={16} />}
      </Button>
      <h2 className="d-name truncate" dir="auto" title={file.path}>
        {file.was !== file.path && <span className="faint">{file.was} → </span>}
        {file.path}
      </h2>
      <Button look="quiet" small label="Copy the path" className="d-copy" onClick={copy}>
        <Copy size={14} />
      </Button>
      {STATUS[file.status] && <span className="badge">{STATUS[file.status]}</span>}
      {file.submodule && <span className="badge">Submodule</span>}
      {file.mode && (
        <span className="badge mono" title="The file's mode changed">
          {file.mode.replace(/100(\d+)/g, "$1")}
        </span>
      )}
      <span className="grow" />
      <Counts file={file} />
      <Check label="Viewed" aria-label={`Viewed ${file.path}`} checked={doing.viewed.has(file.path)} onChange={() => doing.see(file)} />
    </header>
  );
}

export function Counts({ file }: { file: Pick<ChangedFile, "added" | "removed" | "binary"> }) {
  if (file.binary) return <span className="faint d-counts">binary</span>;
  return (
    <span className="d-counts" aria-label={`${file.added} added, ${file.removed} removed`}>
      <span className="plus">+{count(file.added)}</span> <span className="minus">−{count(file.removed)}</span>
    </span>
  );
}

export function GapRow({ file, gap, hidden }: { file: ChangedFile; gap: Gap; hidden: number | null }) {
  const doing = useDoing();
  const words = hidden === null ? "the rest of the file" : `${count(hidden)} ${hidden === 1 ? "line" : "lines"} hidden`;
  const few = hidden !== null && hidden <= 20;
  return (
    <div className="d-gap">
      {few || hidden === null ? (
        <Button look="quiet" small label={hidden === null ? `Show more of ${file.path}` : `Show ${hidden} lines of ${file.path}`} onClick={() => doing.reveal(file, gap, hidden === null ? "down" : "all")}>
          {hidden === null ? <ChevronDown size={14} /> : <ChevronsUpDown size={14} />}
        </Button>
      ) : (
        <>
          <Button look="quiet" small label={`Show 20 lines more below, of ${file.path}`} onClick={() => doing.reveal(file, gap, "down")}>
            <ChevronDown size={14} />
          </Button>
          <Button look="quiet" small label={`Show 20 lines more above, of ${file.path}`} onClick={() => doing.reveal(file, gap, "up")}>
            <ChevronUp size={14} />
          </Button>
        </>
      )}
      <span className="faint">{words}</span>
      {gap.heading && (
        <code className="truncate faint" dir="ltr">
          {gap.heading}
        </code>
      )}
    </div>
  );
}

export function SayRow({ file, about }: { file: ChangedFile; about: "binary" | "large" | "same" | "space" }) {
  const doing = useDoing();
  if (about === "binary") return <Binary file={file} />;
  if (about === "large") {
    return (
      <div className="d-say">
        <span>
          {count(file.added + file.removed)} changed lines: not shown until you want them.
        </span>
        <Button small onClick={() => doing.ask(file)}>
          Load the difference
        </Button>
      </div>
    );
  }
  const words = about === "space" ? "Only white space differs." : file.status === "renamed" ? "Renamed, nothing else." : file.mode ? "Only the mode changed." : "An empty file.";
  return <div className="d-say faint">{words}</div>;
}

const IMAGE = /\.(png|jpe?g|gif|webp)$/i;

function Binary({ file }: { file: ChangedFile }) {
  const { attempt, since } = useDoing();
  const at = (side: string, path: string) => `/api/v1/attempts/${attempt}/file/image?side=${side}&path=${encodeURIComponent(path)}`;
  const shown = IMAGE.test(file.path) && !since;
  const side = (name: string, words: string, path: string, size: number | null | undefined, there: boolean) =>
    there && (
      <figure className="d-figure">
        {shown && <img src={at(name, path)} alt={`${path}, ${words.toLowerCase()}`} loading="lazy" />}
        <figcaption className="faint">
          {words}
          {size !== null && size !== undefined && ` · ${bytes(size)}`}
        </figcaption>
      </figure>
    );
  return (
    <div className="d-say d-binary">
      <span className="faint">A binary file.</span>
      {side("old", "Before", file.was, file.was_size, file.status !== "added")}
      {side("new", "After", file.path, file.size, file.status !== "deleted")}
    </div>
  );
}

function bytes(size: number): string {
  if (size < 1024) return `${size} bytes`;
  return size < 1024 * 1024 ? `${(size / 1024).toFixed(1)} KiB` : `${(size / 1024 / 1024).toFixed(1)} MiB`;
}
