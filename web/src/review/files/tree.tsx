// The files at the side: folders that fold, a filter, what changed in each, what was seen.
import { Check as Seen, ChevronDown, ChevronRight, MessageSquare } from "lucide-react";
import { memo, useMemo, useState, type Ref } from "react";
import { Empty } from "../../kit";
import { Counts } from "../difference/heads";
import type { ChangedFile } from "../difference/rows";
import { matching, treeOf, type Folder } from "./tree-of";

interface TreeProps {
  files: readonly ChangedFile[];
  viewed: ReadonlySet<string>;
  remarks: ReadonlyMap<string, number>;
  current: string;
  onGo: (file: ChangedFile) => void;
  filter: Ref<HTMLInputElement>;
}

export function FileTree({ files, onGo, filter, ...rest }: TreeProps) {
  const [words, setWords] = useState("");
  const shown = useMemo(() => matching(files, words), [files, words]);
  const tree = useMemo(() => treeOf(shown), [shown]);
  return (
    <nav className="f-side" aria-label="Changed files">
      <input
        ref={filter}
        className="input"
        type="search"
        placeholder="Filter files"
        aria-label="Filter files"
        value={words}
        onChange={(event) => setWords(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && shown[0]) onGo(shown[0]);
          if (event.key === "Escape") setWords("");
        }}
      />
      <div className="f-list">
        {shown.length ? <Inside folder={tree} depth={0} onGo={onGo} {...rest} /> : <Empty title="No such file">No changed file has “{words}” in its name.</Empty>}
      </div>
    </nav>
  );
}

interface InsideProps extends Omit<TreeProps, "files" | "filter"> {
  folder: Folder;
  depth: number;
}

function Inside({ folder, depth, ...rest }: InsideProps) {
  return (
    <ul>
      {folder.folders.map((one) => (
        <FolderItem key={one.path} folder={one} depth={depth} {...rest} />
      ))}
      {folder.files.map((file) => (
        <li key={file.path}>
          <FileItem file={file} depth={depth} seen={rest.viewed.has(file.path)} remarks={rest.remarks.get(file.path) ?? 0} here={rest.current === file.path} onGo={rest.onGo} />
        </li>
      ))}
    </ul>
  );
}

function FolderItem({ folder, depth, ...rest }: InsideProps) {
  const [open, setOpen] = useState(true);
  const Icon = open ? ChevronDown : ChevronRight;
  return (
    <li>
      <button type="button" className="f-item folder" aria-expanded={open} style={{ paddingInlineStart: 6 + depth * 14 }} onClick={() => setOpen(!open)}>
        <Icon size={14} aria-hidden />
        <span className="truncate" dir="auto" title={folder.path}>
          {folder.name}
        </span>
      </button>
      {open && <Inside folder={folder} depth={depth + 1} {...rest} />}
    </li>
  );
}

const MARKS = { added: ["A", "good"], deleted: ["D", "bad"], modified: ["M", "warn"], renamed: ["R", "info"], copied: ["C", "info"] } as const;

const FileItem = memo(function FileItem({ file, depth, seen, remarks, here, onGo }: { file: ChangedFile; depth: number; seen: boolean; remarks: number; here: boolean; onGo: (file: ChangedFile) => void }) {
  const [letter, tone] = MARKS[file.status];
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  return (
    <button type="button" className={seen ? "f-item seen" : "f-item"} aria-current={here || undefined} style={{ paddingInlineStart: 6 + depth * 14 }} onClick={() => onGo(file)} title={file.path}>
      <span className={`f-mark ${tone}`} title={file.status}>
        {seen ? <Seen size={13} aria-label="Viewed" /> : letter}
      </span>
      <span className="truncate grow" dir="auto">
        {name}
      </span>
      {remarks > 0 && (
        <span className="f-remarks" aria-label={`${remarks} remarks`}>
          <MessageSquare size={12} aria-hidden /> {remarks}
        </span>
      )}
      <Counts file={file} />
    </button>
  );
});
