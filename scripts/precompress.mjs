// Writes .br and .gz beside every compressible file of a folder, for nginx's brotli_static and gzip_static.
//   node scripts/precompress.mjs dist
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const dir = process.argv[2];
const compressible = /\.(html|js|css|wasm|json|csv|tables|svg|txt)$/;
// Below this a packet is a packet.
const smallest = 1024;
// Deployments mount their own config.json and catalog.json over ours: a compressed sibling would go on serving the old one.
const replaced = /(^|\/)(config|catalog)\.json$/;

const compress = async (path) => {
  const bytes = await readFile(path);
  if (bytes.length < smallest) return;
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(bytes, {
      params: {
        // 11 is worth its time on a program served for months, not on a large data file.
        [constants.BROTLI_PARAM_QUALITY]: bytes.length > 16e6 && !path.endsWith(".wasm") ? 9 : 11,
        // The largest window that every browser decodes: a program repeats itself over its whole length.
        [constants.BROTLI_PARAM_LGWIN]: 24,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
    promisify(gzip)(bytes, { level: 9 }),
  ]);
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
  const kb = (n) => `${(n / 1000).toFixed(0)} kB`.padStart(8);
  console.log(`${kb(bytes.length)}  br ${kb(br.length)}  gz ${kb(gz.length)}  ${path}`);
};

const files = (await readdir(dir, { recursive: true }))
  .filter((name) => compressible.test(name) && !replaced.test(name))
  .sort();
await Promise.all(files.map((name) => compress(join(dir, name))));
