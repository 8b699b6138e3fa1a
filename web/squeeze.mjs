// After the build: beside each file that Brotli makes smaller lies its Brotli form. The server cannot make it (Python has none);
// gzip it makes itself, of what is asked for in that form.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress } from "node:zlib";

const BUILT = new URL("../src/pullwright/server/web/built/", import.meta.url).pathname;
const SMALL = 1000;
const squeeze = promisify(brotliCompress);

const found = await readdir(BUILT, { recursive: true, withFileTypes: true });
const paths = found.filter((one) => one.isFile() && /\.(js|css|html|svg)$/.test(one.name)).map((one) => join(one.parentPath, one.name));
await Promise.all(
  paths.map(async (path) => {
    const data = await readFile(path);
    if (data.length > SMALL) await writeFile(`${path}.br`, await squeeze(data));
  }),
);
