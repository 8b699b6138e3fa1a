// Go anywhere by name: pages, projects, the newest tasks.
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { api, data } from "../api/client";
import { State } from "../kit";
import "./palette.css";

export default function Palette({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const projects = useQuery({ queryKey: ["projects"], queryFn: () => data(api.GET("/api/v1/projects")) });
  const tasks = useQuery({ queryKey: ["tasks", "palette"], queryFn: () => data(api.GET("/api/v1/tasks", { params: { query: { limit: 50 } } })) });
  const go = (to: string) => () => {
    onClose();
    void navigate({ to });
  };
  const pages: [string, string][] = [
    ["New task", "/new"],
    ["Tasks", "/"],
    ["Projects", "/projects"],
    ["Usage", "/usage"],
    ["Settings", "/admin"],
  ];
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="dialog palette" aria-describedby={undefined}>
          <Dialog.Title className="sr-only">Go anywhere</Dialog.Title>
          <Command label="Go anywhere" loop>
            <Command.Input autoFocus placeholder="Go to a page, project or task…" className="input" />
            <Command.List className="palette-list">
              <Command.Empty className="faint">Nothing of that name.</Command.Empty>
              <Command.Group heading="Pages">
                {pages.map(([name, to]) => (
                  <Command.Item key={to} value={`page ${name}`} onSelect={go(to)} className="menu-item">
                    {name}
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Projects">
                {projects.data?.map((project) => (
                  <Command.Item key={project.id} value={`project ${project.name}`} onSelect={go(`/projects/${project.name}`)} className="menu-item">
                    {project.name}
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Tasks">
                {tasks.data?.tasks.map((task) => (
                  <Command.Item key={task.id} value={`task ${task.title} ${task.id}`} onSelect={go(`/tasks/${task.id}`)} className="menu-item">
                    <span className="truncate grow" dir="auto">
                      {task.title}
                    </span>
                    <State of={task.state} asks={!!task.asks} />
                  </Command.Item>
                ))}
              </Command.Group>
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
