import { andThen, mapResult, ok, type Result } from "@livermark/core";
import { findProtocol, writeFolder } from "@livermark/pipeline";
import { type Protocol, parseProtocol, scaffoldBundle } from "@livermark/study";
import { type Command, text, usageIssue } from "../command.js";
import { newFolder, readTextFile } from "../files.js";

/** A protocol with its text, which is null for a built-in one. */
interface Chosen {
  readonly protocol: Protocol;
  readonly ownText: string | null;
}

function chosenProtocol(name: string): Result<Chosen> {
  if (!/\.ya?ml$/i.test(name))
    return mapResult(findProtocol(name, null), ({ protocol }) => ({ protocol, ownText: null }));
  return andThen(readTextFile(name), (ownText) =>
    mapResult(parseProtocol(ownText, name), (protocol) => ({ protocol, ownText })),
  );
}

export const command: Command = {
  usage: "BUNDLE --protocol ID|FILE.yaml [--json]",
  help: [
    "Makes an empty study bundle for a protocol: study.yaml, tables with their columns and one example row, and a codebook.",
    "ID is a built-in protocol (letb-tace, ser-haic, …, or letb-tace@1.0.0). A FILE.yaml of your own is copied into the bundle as",
    "protocol.yaml. A folder that exists is refused.",
    "Example:\n  livermark new my-study --protocol letb-tace",
  ].join("\n"),
  options: { protocol: { type: "string" } },
  async run(positionals, values) {
    const [bundle] = positionals;
    const id = text(values, "protocol");
    if (bundle === undefined || positionals.length > 1 || id === undefined)
      return usageIssue("new wants a BUNDLE and --protocol ID or FILE.yaml.");
    const free = newFolder(bundle);
    if (!free.ok) return free;
    const found = chosenProtocol(id);
    if (!found.ok) return found;
    const files = scaffoldBundle(found.value.protocol, found.value.ownText);
    writeFolder(
      bundle,
      files.map(({ path, content: bytes }) => ({ path, bytes })),
    );
    return ok({
      json: { bundle, files: files.map((file) => file.path) },
      text: files.map((file) => `wrote ${bundle}/${file.path}`).join("\n"),
      issues: found.issues,
    });
  },
};
