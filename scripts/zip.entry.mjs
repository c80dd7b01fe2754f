// Packs files into a zip archive without reading them into memory at once. public/start.js loads this when something is packed;
// src/page/zip.rs calls it.
import { downloadZip } from "client-zip";

/** A zip archive of these files, `{ name, input }` each, as a blob. They are stored as they are: most are compressed already. */
export const pack = (files) => downloadZip(files).blob();
