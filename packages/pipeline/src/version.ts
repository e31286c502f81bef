import { createRequire } from "node:module";

const manifest = createRequire(import.meta.url)("../package.json") as { readonly version: string };

/** Version of Livermark, printed in every output. */
export const LIVERMARK_VERSION = manifest.version;
