// A project: what it is, how it is set up, who is in it. The tab is the address's hash, so that it can be linked to.
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useRouterState } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { Badge, Bones, Button, Empty, Tabs, Trouble } from "../kit";
import { Problem } from "../api/client";
import { useAllowed, Because } from "./allowed";
import { Archive } from "./archive";
import { asks, type Project } from "./asks";
import { Audit } from "./audit";
import { Environments } from "./environments";
import { where } from "./forge";
import { Members } from "./members";
import { Overview } from "./overview";
import { Schedules } from "./schedules";
import { ProjectSettings } from "./settings";
import "./projects.css";

export default function Page() {
  const { project: name } = useParams({ strict: false }) as { project: string };
  const project = useQuery(asks.project(name));
  if (project.isPending) {
    return (
      <div className="page">
        <Bones lines={8} />
      </div>
    );
  }
  if (project.error) {
    const missing = project.error instanceof Problem && project.error.status === 404;
    return (
      <div className="page">
        {missing ? (
          <Empty page title={`There is no project ${name}, or not for you`} action={<Link to="/projects">All projects</Link>}>
            Ask somebody who administers it to add you as a member.
          </Empty>
        ) : (
          <Trouble page error={project.error} retry={() => void project.refetch()} />
        )}
      </div>
    );
  }
  return <Shown project={project.data} />;
}

function Shown({ project }: { project: Project }) {
  const navigate = useNavigate();
  const hash = useRouterState({ select: (state) => state.location.hash });
  const member = useAllowed(project.id, "member");
  const why = project.archived ? "An archived project takes no tasks." : member.why;
  const tabs = [
    { value: "overview", label: "Overview", content: <Overview project={project} /> },
    { value: "environments", label: "Environments", content: <Environments project={project} /> },
    { value: "schedules", label: "Schedules", content: <Schedules project={project} /> },
    { value: "members", label: "Members", content: <Members project={project} /> },
    {
      value: "settings",
      label: "Settings",
      content: (
        <div className="stack">
          <ProjectSettings key={project.id} project={project} />
          <Archive project={project} />
        </div>
      ),
    },
    { value: "audit", label: "Audit", content: <Audit project={project} /> },
  ];
  const open = tabs.some((tab) => tab.value === hash) ? hash : "overview";
  return (
    <div className="page">
      <nav className="crumbs" aria-label="Where you are">
        <Link to="/projects">Projects</Link>
      </nav>
      <div className="page-head">
        <h1>
          {project.name} {project.archived && <Badge>Archived</Badge>}
        </h1>
        <Because why={why}>
          <Button look="primary" disabled={!!why} onClick={() => void navigate({ to: "/new", search: { project: project.name } as never })}>
            <Plus size={16} aria-hidden /> New task here
          </Button>
        </Because>
      </div>
      <p className="faint project-where" dir="ltr">
        {where(project)}
      </p>
      <Tabs label={`Parts of ${project.name}`} tabs={tabs} value={open} onChange={(value) => void navigate({ to: "/projects/$project", params: { project: project.name }, hash: value, replace: true })} />
    </div>
  );
}
