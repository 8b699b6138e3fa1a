// Folders and files of the workspace, as they are now.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, data, type Schemas } from "../api/client";

export type Entry = Schemas["Entry"];

export const SHOWN = 256 << 10;
const IMAGES: Record<string, string> = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp", svg: "image/svg+xml", ico: "image/x-icon", avif: "image/avif" };

export type Content = { kind: "text"; text: string; size: number; whole: boolean } | { kind: "image"; blob: Blob; size: number } | { kind: "binary"; size: number };

export const folderQuery = (attempt: string, path: string) =>
  queryOptions({
    queryKey: ["attempt", attempt, "inside", "files", path],
    queryFn: () => data(api.GET("/api/v1/attempts/{attempt}/inside/files", { params: { path: { attempt }, query: { path } } })),
    placeholderData: keepPreviousData,
  });

export const fileQuery = (attempt: string, path: string) =>
  queryOptions({
    queryKey: ["attempt", attempt, "inside", "file", path],
    queryFn: async (): Promise<Content> => {
      const image = imageType(path);
      const most = image ? 0 : SHOWN;
      const answer = await api.GET("/api/v1/attempts/{attempt}/inside/file", { params: { path: { attempt }, query: { path, most } }, parseAs: "arrayBuffer" });
      const bytes = new Uint8Array(answer.data as unknown as ArrayBuffer);
      return contentOf(bytes, Number(answer.response.headers.get("X-File-Size") ?? bytes.length), image);
    },
  });

export function downloadOf(attempt: string, path: string): string {
  return `/api/v1/attempts/${encodeURIComponent(attempt)}/inside/file?path=${encodeURIComponent(path)}`;
}

export function imageType(path: string): string {
  return IMAGES[path.slice(path.lastIndexOf(".") + 1).toLowerCase()] ?? "";
}

/** An image is drawn from its bytes (no script of an SVG runs in one); what has a NUL in it is nothing to read. */
export function contentOf(bytes: Uint8Array<ArrayBuffer>, size: number, image: string): Content {
  if (image) return { kind: "image", blob: new Blob([bytes], { type: image }), size };
  if (bytes.subarray(0, 8000).includes(0)) return { kind: "binary", size };
  return { kind: "text", text: new TextDecoder().decode(bytes, { stream: bytes.length < size }), size, whole: bytes.length >= size };
}

export function sized(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const steps = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let step = 0;
  while (value >= 999.5 && step < steps.length - 1) {
    value /= 1000;
    step += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${steps[step]}`;
}

export const below = (folder: string, name: string) => (folder ? `${folder}/${name}` : name);
