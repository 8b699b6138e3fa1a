// Images of a prompt, as data URLs that fit into one request.

const KINDS = ["image/png", "image/jpeg", "image/gif", "image/webp"];
export const ACCEPTED = KINDS.join(",");
export const MOST_IMAGES = 8;
/** Characters of one image; above it is made smaller. */
const LARGE = 1_000_000;
/** Pixels of the longer side, which models look at no closer. */
const SIDE = 2000;

/** What goes into a request with images: what the server takes, less what else is in it. */
export function room(bodyBytes: number): number {
  return Math.max(0, bodyBytes - 400_000);
}

/** The file as a data URL. Throws an `Error` for what is no image, or cannot be made small enough. */
export async function imageOf(file: File): Promise<string> {
  if (!KINDS.includes(file.type)) throw new Error(`${file.name || "That"} is no PNG, JPEG, GIF or WebP image.`);
  const url = await dataUrl(file);
  if (url.length <= LARGE) return url;
  const smaller = await shrunk(file);
  if (smaller.length > LARGE * 2) throw new Error(`${file.name || "The image"} is too large.`);
  return smaller;
}

/** The images of a paste or a drop. */
export function filesOf(transfer: DataTransfer | null): File[] {
  return [...(transfer?.files ?? [])].filter((file) => file.type.startsWith("image/"));
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Error("The image cannot be read."));
    reader.readAsDataURL(blob);
  });
}

async function shrunk(file: File): Promise<string> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(`${file.name || "That"} cannot be read as an image.`);
  });
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas.toDataURL("image/jpeg", 0.85);
}
