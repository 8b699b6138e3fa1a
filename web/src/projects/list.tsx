// All projects that one may see: whether each can be reached, and what goes on there.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FolderGit2, Plus } from "lucide-react";
import { useState } from "react";
import { Badge, Bones, Button, Check, Empty, Input, Tabs, Trouble, When } from "../kit";
import { useMe } from "../session/me";
import { Because, useAdministrators } from "./allowed";
import { asks, type Project } from "./asks";
import { Connections } from "./connections";
import { Wizard } from "./connect/wizard";
import { ForgeMark, where } from "./forge";
import { Health } from "./health";
import "./projects.css";

export default function Page() {
  const me = useMe();
  const ask = useAdministrators();
  const [connecting, setConnecting] = useState(false);
  const [tab, setTab] = useState("projects");
  const why = me.is_admin ? "" : `Only administrators connect repositories. Ask ${ask}.`;
  const connect = (
    <Because why={why}>
      <Button look="primary" disabled={!me.is_admin} onClick={() => setConnecting(true)}>
        <Plus size={16} aria-hidden /> Connect a repository
      </Button>
    </Because>
  );
  return (
    <div className="page">
      <div className="page-head">
        <h1>Projects</h1>
        {connect}
      </div>
      {me.is_admin ? (
        <Tabs
          label="Projects and connections"
          value={tab}
          onChange={setTab}
          tabs={[
            { value: "projects", label: "Projects", content: <Projects why={why} onConnect={() => setConnecting(true)} /> },
            { value: "connections", label: "Connections", content: <Connections onConnect={() => setConnecting(true)} /> },
          ]}
        />
      ) : (
        <Projects why={why} onConnect={() => setConnecting(true)} />
      )}
      {connecting && <Wizard onClose={() => setConnecting(false)} />}
    </div>
  );
}

function Projects({ why, onConnect }: { why: string; onConnect: () => void }) {
  const projects = useQuery(asks.projects());
  const activity = useQuery(asks.activity());
  const [words, setWords] = useState("");
  const [archived, setArchived] = useState(false);
  if (projects.isPending) return <Bones lines={6} />;
  if (projects.error) return <Trouble error={projects.error} retry={() => void projects.refetch()} />;
  const put = projects.data.filter((one) => one.archived).length;
  const shown = projects.data.filter((one) => (archived || !one.archived) && `${one.name} ${one.slug ?? ""} ${one.url ?? ""}`.toLowerCase().includes(words.toLowerCase()));
  if (!projects.data.length) {
    return (
      <Empty
        icon={<FolderGit2 size={32} aria-hidden />}
        title="No project yet"
        action={
          why ? undefined : (
            <Button look="primary" onClick={onConnect}>
              Connect a repository
            </Button>
          )
        }
      >
        {why || "A project is a git repository that tasks work on: at GitHub, GitLab, Gitea or Forgejo, any git address, or a folder on the server."}
      </Empty>
    );
  }
  return (
    <div className="stack">
      <div className="row wrap projects-tools">
        {projects.data.length > 5 && <Input label="Find a project" value={words} onChange={(event) => setWords(event.target.value)} type="search" placeholder="Name or address" />}
        {put > 0 && <Check label={`Show archived (${put})`} checked={archived} onChange={(event) => setArchived(event.target.checked)} />}
      </div>
      {!shown.length && <Empty title={words ? "No project of that name" : "All projects are archived"} />}
      {!!shown.length && (
        <ul className="card projects" aria-label="Projects">
          {shown.map((project, index) => (
            <Row key={project.id} project={project} activity={activity.data?.find((one) => one.project_id === project.id)} look={index < 60 && !project.archived} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Row({ project, activity, look }: { project: Project; activity?: { states: Record<string, number>; changed: number }; look: boolean }) {
  const of = (state: string) => activity?.states[state] ?? 0;
  const running = of("running") + of("queued");
  const needing = of("needs_input") + of("review");
  return (
    <li className="projects-row">
      <ForgeMark forge={project.forge} />
      <div className="projects-name">
        <Link to="/projects/$project" params={{ project: project.name }} className="truncate" title={project.name}>
          <strong>{project.name}</strong>
        </Link>
        <span className="faint truncate" title={project.url} dir="ltr">
          {where(project)}
        </span>
      </div>
      <span className="mono soft truncate projects-branch" title={`Default branch: ${project.default_branch ?? "main"}`}>
        {project.default_branch ?? "main"}
      </span>
      <span className="projects-health">{project.archived ? <Badge>Archived</Badge> : look ? <Health project={project.name} /> : <Badge>Not checked</Badge>}</span>
      <span className="row wrap projects-work">
        {running > 0 && (
          <Badge tone="info" live={of("running") > 0} dot>
            {running} at work
          </Badge>
        )}
        {needing > 0 && (
          <Badge tone="warn" dot>
            {needing} for you
          </Badge>
        )}
        {!running && !needing && <span className="faint">No open task</span>}
      </span>
      <span className="faint projects-when">{activity ? <When at={activity.changed} /> : "No task yet"}</span>
    </li>
  );
}
