// The changed files as folders; a folder with one folder in it and nothing else is written as one.
import type { ChangedFile } from "../difference/rows";

export interface Folder {
  /** What is written: `src/shop`. */
  name: string;
  path: string;
  folders: Folder[];
  files: ChangedFile[];
}

export function treeOf(files: readonly ChangedFile[]): Folder {
  const root: Folder = { name: "", path: "", folders: [], files: [] };
  const known = new Map<string, Folder>([["", root]]);
  const folderAt = (path: string): Folder => {
    const found = known.get(path);
    if (found) return found;
    const cut = path.lastIndexOf("/");
    const made: Folder = { name: path.slice(cut + 1), path, folders: [], files: [] };
    known.set(path, made);
    folderAt(cut < 0 ? "" : path.slice(0, cut)).folders.push(made);
    return made;
  };
  for (const file of files) folderAt(file.path.includes("/") ? file.path.slice(0, file.path.lastIndexOf("/")) : "").files.push(file);
  return joined(root, true);
}

function joined(folder: Folder, root = false): Folder {
  const folders = folder.folders.map((one) => joined(one)).sort((a, b) => a.name.localeCompare(b.name));
  const only = folders[0];
  if (!root && !folder.files.length && folders.length === 1 && only) return { ...only, name: `${folder.name}/${only.name}` };
  return { ...folder, folders, files: [...folder.files].sort((a, b) => a.path.localeCompare(b.path)) };
}

/** The files in the order in which the tree shows them: folders first. */
export function inOrder(folder: Folder): ChangedFile[] {
  return [...folder.folders.flatMap(inOrder), ...folder.files];
}

export function matching(files: readonly ChangedFile[], words: string): ChangedFile[] {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  return files.filter((file) => parts.every((part) => file.path.toLowerCase().includes(part)));
}
