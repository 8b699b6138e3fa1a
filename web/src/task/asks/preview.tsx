// The files of an edit that waits, as they would be: to be changed before it is allowed.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Area, Bones, Trouble } from "../../kit";
import { artifactQuery } from "../artifact";

interface FilePreview {
  path: string;
  before: string | null;
  after: string | null;
  binary?: boolean;
}

export function Preview({ attempt, name, onChange }: { attempt: string; name: string; onChange: (files: Record<string, string>) => void }) {
  const found = useQuery(artifactQuery(attempt, name));
  const [changed, setChanged] = useState<Record<string, string>>({});
  if (found.error) return <Trouble error={found.error} retry={() => void found.refetch()} />;
  if (found.data === undefined) return <Bones lines={3} />;
  const { files } = JSON.parse(found.data) as { files: FilePreview[] };
  return (
    <div className="stack">
      {files.map((file) =>
        file.binary || file.after === null ? (
          <p key={file.path} className="soft small" dir="auto">
            {file.path}: {file.after === null ? "will be removed" : "a binary file"}
          </p>
        ) : (
          <Area
            key={file.path}
            label={file.path}
            className="mono"
            rows={12}
            spellCheck={false}
            dir="ltr"
            value={changed[file.path] ?? file.after}
            onChange={(event) => {
              const next = { ...changed, [file.path]: event.target.value };
              setChanged(next);
              onChange(next);
            }}
          />
        ),
      )}
    </div>
  );
}
