// The workspace's files: a tree whose folders open when they are asked for, and one file beside it.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronRight, CornerDownRight, Download, File, Folder, FolderOpen, RefreshCw } from "lucide-react";
import { useEffect, useState } from "react";
import { Bones, Button, Empty, Trouble } from "../kit";
import { below, downloadOf, fileQuery, folderQuery, sized, SHOWN, type Entry } from "./files";

export function Browser({ attempt }: { attempt: string }) {
  const [chosen, choose] = useState("");
  const client = useQueryClient();
  const again = () => {
    void client.invalidateQueries({ queryKey: ["attempt", attempt, "inside", "files"] });
    void client.invalidateQueries({ queryKey: ["attempt", attempt, "inside", "file"] });
  };
  return (
    <div className="browser">
      <div className="card browser-tree">
        <div className="row spread">
          <h2>Workspace</h2>
          <Button look="quiet" small label="Look again" onClick={again}>
            <RefreshCw size={14} />
          </Button>
        </div>
        <Level attempt={attempt} folder="" chosen={chosen} onChoose={choose} />
      </div>
      <div className="card browser-file">{chosen ? <Shown key={chosen} attempt={attempt} path={chosen} /> : <Empty title="Choose a file" icon={<File size={32} aria-hidden />} />}</div>
    </div>
  );
}

interface LevelProps {
  attempt: string;
  folder: string;
  chosen: string;
  onChoose: (path: string) => void;
}

function Level({ attempt, folder, chosen, onChoose }: LevelProps) {
  const { data: listed, error, refetch } = useQuery(folderQuery(attempt, folder));
  if (error && !listed) return <Trouble error={error} retry={() => void refetch()} />;
  if (!listed) return <Bones lines={3} />;
  if (!listed.entries.length) return <p className="faint level-note">Empty</p>;
  return (
    <ul className="level">
      {listed.entries.map((entry) => (
        <Node key={entry.name} entry={entry} path={below(folder, entry.name)} {...{ attempt, folder, chosen, onChoose }} />
      ))}
      {listed.left_out && <li className="faint level-note">More than is shown here: look in a terminal.</li>}
    </ul>
  );
}

function Node({ entry, path, ...level }: LevelProps & { entry: Entry; path: string }) {
  const [open, setOpen] = useState(false);
  const isFolder = entry.kind === "folder";
  const Icon = isFolder ? (open ? FolderOpen : Folder) : entry.kind === "link" ? CornerDownRight : File;
  return (
    <li>
      <button
        type="button"
        className={path === level.chosen ? "node chosen" : "node"}
        aria-expanded={isFolder ? open : undefined}
        aria-current={path === level.chosen || undefined}
        disabled={entry.kind === "other"}
        title={entry.name}
        onClick={() => (isFolder ? setOpen(!open) : level.onChoose(path))}
      >
        <ChevronRight size={14} className={open ? "node-arrow open" : "node-arrow"} style={{ visibility: isFolder ? "visible" : "hidden" }} aria-hidden />
        <Icon size={15} aria-hidden />
        <span className="truncate grow" dir="auto">
          {entry.name}
        </span>
        {entry.kind === "file" && <span className="faint node-size">{sized(entry.size)}</span>}
      </button>
      {open && <Level {...level} folder={path} />}
    </li>
  );
}

function Shown({ attempt, path }: { attempt: string; path: string }) {
  const { data: content, error, isFetching, refetch } = useQuery(fileQuery(attempt, path));
  return (
    <div className="stack browser-shown">
      <div className="row spread wrap">
        <h2 className="mono truncate" dir="auto" title={path}>
          {path}
        </h2>
        <div className="row">
          {content && <span className="faint">{sized(content.size)}</span>}
          <Button look="quiet" small label="Read it again" busy={isFetching} onClick={() => void refetch()}>
            <RefreshCw size={14} />
          </Button>
          <a className="btn small" href={downloadOf(attempt, path)} download>
            <Download size={14} aria-hidden /> Download
          </a>
        </div>
      </div>
      {error && <Trouble error={error} retry={() => void refetch()} />}
      {!content && !error && <Bones lines={8} />}
      {content?.kind === "binary" && <Empty title="Nothing to read">It is a binary file. Download it to look at it.</Empty>}
      {content?.kind === "image" && <Picture blob={content.blob} name={path} />}
      {content?.kind === "text" && (
        <pre className="file-text" dir="ltr" tabIndex={0} aria-label={path}>
          {content.text || <span className="faint">The file is empty.</span>}
        </pre>
      )}
      {content?.kind === "text" && !content.whole && <p className="soft">The first {sized(SHOWN)} are shown; download the file for the rest.</p>}
    </div>
  );
}

function Picture({ blob, name }: { blob: Blob; name: string }) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url ? <img className="picture" src={url} alt={name} /> : null;
}
