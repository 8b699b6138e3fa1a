// What each kind of forge is called, and where a project's repository lies.
import { FolderGit2, GitBranch, Globe } from "lucide-react";
import type { Project } from "./asks";

export type Forge = Project["forge"];

export const FORGES: Record<Forge, string> = { github: "GitHub", gitlab: "GitLab", gitea: "Gitea or Forgejo", git: "Git" };

export function isLocal(url: string): boolean {
  return url.startsWith("/") || url.startsWith("file://");
}

export function where(project: Project): string {
  if (project.slug && project.forge !== "git") return `${FORGES[project.forge].split(" ")[0]} · ${project.slug}`;
  return isLocal(project.url ?? "") ? `On the server · ${project.url}` : (project.url ?? "").replace(/^https?:\/\//, "");
}

export function ForgeMark({ forge, local }: { forge: Forge; local?: boolean }) {
  const Icon = local ? FolderGit2 : forge === "git" ? GitBranch : Globe;
  const letters: Partial<Record<Forge, string>> = { github: "GH", gitlab: "GL", gitea: "GT" };
  return (
    <span className={`forge-mark ${forge}`} title={FORGES[forge]} aria-hidden>
      {letters[forge] ?? <Icon size={15} />}
    </span>
  );
}
