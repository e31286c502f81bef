import { existsSync } from "node:fs";
import { ok, refuse } from "@livermark/core";
import { findProtocol, writeFolder } from "@livermark/pipeline";
import { scaffoldBundle } from "@livermark/study";
import { type Command, text, usageIssue } from "../command.js";

export const command: Command = {
  usage: "BUNDLE --protocol ID [--json]",
  help: [
    "Makes an empty study bundle for a protocol: study.yaml, tables with their columns and one example row, and a codebook.",
    "ID is a built-in protocol (letb-tace, ser-haic, …, or letb-tace@1.0.0). A folder that exists is refused.",
    "Example:\n  livermark new my-study --protocol letb-tace",
  ].join("\n"),
  options: { protocol: { type: "string" } },
  async run(positionals, values) {
    const [bundle] = positionals;
    const id = text(values, "protocol");
    if (bundle === undefined || positionals.length > 1 || id === undefined)
      return usageIssue("new wants a BUNDLE and --protocol ID.");
    if (existsSync(bundle))
      return refuse({
        code: "folder-exists",
        message: "There is something of this name already.",
        got: bundle,
        wanted: "a new folder",
        mend: "Choose another name.",
      });
    const found = findProtocol(id, null);
    if (!found.ok) return found;
    const files = scaffoldBundle(found.value.protocol);
    writeFolder(
      bundle,
      files.map(({ path, content: bytes }) => ({ path, bytes })),
    );
    return ok({
      json: { bundle, files: files.map((file) => file.path) },
      text: files.map((file) => `wrote ${bundle}/${file.path}`).join("\n"),
      issues: [],
    });
  },
};
