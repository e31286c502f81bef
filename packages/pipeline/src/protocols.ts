import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compareStrings } from "@livermark/core";

/** The folder of the protocols that come with Livermark, beside the packages. */
const folder = fileURLToPath(new URL("../../../protocols/", import.meta.url));

/** A protocol file as text, with the name under which Issues speak of it. */
export interface ProtocolText {
  readonly file: string;
  readonly text: string;
}

/** Every built-in protocol file, sorted by name. */
export const builtInProtocols = (): readonly ProtocolText[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort(compareStrings)
    .map((name) => ({ file: `protocols/${name}`, text: readFileSync(`${folder}${name}`, "utf8") }));
