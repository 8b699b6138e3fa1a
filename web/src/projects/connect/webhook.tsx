// A webhook's address and secret: what goes into the forge's settings. The secret is shown this once.
import { useQuery } from "@tanstack/react-query";
import { asks, type Connection } from "../asks";
import { Copied } from "../copied";

const EVENTS: Record<string, string> = {
  github: "Content type JSON. Events: Issues, Issue comment, Pull request, Pull request review, Pull request review comment, Check run, Workflow run, Status, Push.",
  gitlab: "Triggers: Push, Comments, Issues, Merge request and Pipeline events.",
  gitea: "Type Gitea (or Forgejo), POST, JSON. Events: Issues, Issue comment, Pull request, Status, Push.",
};

export function WebhookSecret({ connection, secret }: { connection: Connection; secret: string }) {
  const server = useQuery(asks.server());
  const base = server.data?.url || window.location.origin;
  return (
    <div className="stack">
      <p className="soft">
        So that issues, comments and checks reach Pullwright, set up a webhook at the forge. <strong>The secret is shown this once.</strong>
      </p>
      <Copied label="Address" text={`${base.replace(/\/$/, "")}/webhooks/${connection.id}`} />
      <Copied label="Secret" text={secret} />
      <p className="faint">{EVENTS[connection.forge]}</p>
    </div>
  );
}
