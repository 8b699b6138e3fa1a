// Servers that were started in the sandbox, opened in a tab of their own: there they cannot use one's sign-in.
import { useMutation } from "@tanstack/react-query";
import { ExternalLink, Plug } from "lucide-react";
import { api, data } from "../api/client";
import { Button, Empty, say, sayTrouble } from "../kit";

export function Ports({ attempt, ports, mayEnter }: { attempt: string; ports: readonly number[]; mayEnter: boolean }) {
  const opening = useMutation({
    mutationFn: (port: number) => data(api.POST("/api/v1/attempts/{attempt}/inside/ports/{port}", { params: { path: { attempt, port } } })),
    onSuccess: ({ url }) => {
      window.open(url, "_blank", "noopener,noreferrer");
      say("Opened in a new tab. If it did not open, allow pop-ups for this page.");
    },
    onError: sayTrouble,
  });
  if (!ports.length)
    return (
      <Empty title="Nothing listens" icon={<Plug size={32} aria-hidden />}>
        When the agent, or you in the terminal, start a server in the sandbox, its port appears here.
      </Empty>
    );
  return (
    <div className="stack">
      <p className="soft">
        Each opens in an origin of its own: no cookies, no sign-in, and it loads nothing from elsewhere. The link works only for as long as you may steer this attempt and it runs.
      </p>
      <ul className="ports">
        {ports.map((port) => (
          <li key={port} className="card row spread">
            <span>
              <strong className="mono">{port}</strong> <span className="soft">on the sandbox's loopback</span>
            </span>
            {mayEnter && (
              <Button small busy={opening.isPending && opening.variables === port} onClick={() => opening.mutate(port)}>
                <ExternalLink size={14} aria-hidden /> Open <span className="sr-only">port {port} in a new tab</span>
              </Button>
            )}
          </li>
        ))}
      </ul>
      {!mayEnter && <p className="soft">Opening a port needs the role member in the project.</p>}
    </div>
  );
}
