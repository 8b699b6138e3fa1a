// A key's token, this once, with what one does with it. It is kept nowhere: closing the dialog forgets it.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { Button, Copyable, Dialog, Tabs } from "../kit";

/** How a program is told where to go and who it is. */
export function snippets(url: string, token: string, scopes: readonly string[], models: readonly string[] | null): Record<string, string> {
  const model = models?.find((one) => one !== "agent") ?? "fast";
  const found: Record<string, string> = {};
  if (scopes.includes("models") || scopes.includes("dispatch")) {
    const named = scopes.includes("models") ? model : "agent";
    found.Shell = `export OPENAI_BASE_URL=${url}/v1\nexport OPENAI_API_KEY=${token}`;
    found.curl = `curl -s ${url}/v1/responses \\\n  -H "Authorization: Bearer ${token}" \\\n  -H "Content-Type: application/json" \\\n  -d '{"model": "${named}", "input": "Say hello."}'`;
    found.Python = `from openai import OpenAI\n\nclient = OpenAI(base_url="${url}/v1", api_key="${token}")\nprint(client.responses.create(model="${named}", input="Say hello.").output_text)`;
  }
  if (!(scopes.length === 1 && scopes[0] === "models")) {
    found["Command line"] = `export PULLWRIGHT_SERVER_URL=${url}\nexport PULLWRIGHT_SERVER_KEY=${token}\npullwright task list`;
    found["REST API"] = `curl -H "Authorization: Bearer ${token}" ${url}/api/v1/me`;
  }
  return found;
}

export function NewToken({ made, onClose }: { made: Schemas["NewKey"]; onClose: () => void }) {
  const server = useQuery({ queryKey: ["server"], queryFn: () => data(api.GET("/api/v1/server")), staleTime: 60_000 });
  const all = snippets(server.data?.url ?? location.origin, made.token, made.key.scopes, made.key.models);
  const [shown, setShown] = useState(Object.keys(all)[0] ?? "");
  return (
    <Dialog open onClose={onClose} title={`The key ${made.key.name} is made`} about="Copy the token now: only its hash is kept, and nobody can show it again." wide>
      <Copyable text={made.token} about="Token" />
      <Tabs label="How it is used" value={shown} onChange={setShown} tabs={Object.entries(all).map(([name, text]) => ({ value: name, label: name, content: <Copyable text={text} about="Ready to paste" lines /> }))} />
      <div className="row actions">
        <Button look="primary" onClick={onClose}>
          I have copied it
        </Button>
      </div>
    </Dialog>
  );
}
