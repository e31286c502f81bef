import { join } from "node:path";
import { ok, refuse } from "@livermark/core";
import { deriveStudy, keySlices, tumourBoardOf } from "@livermark/pipeline";
import { tumourBoardHtml } from "@livermark/report";
import { type Command, text, usageIssue } from "../command.js";
import { replaceFiles } from "../replace-files.js";

export const command: Command = {
  usage: "BUNDLE [PATIENT …] [--out DIR] [--json]",
  help: [
    "Writes one A4 page for each patient as HTML, for a tumour board: course, key images, diameters and biomarkers with intervals,",
    "the verdict of each criterion and why they differ, liver function. It states findings and recommends nothing; research use only.",
    "All patients, unless some are named. The pages go to BUNDLE/board, or DIR.",
    "Example:\n  livermark board my-study P001",
  ].join("\n"),
  options: { out: { type: "string" } },
  async run(positionals, values, terminal) {
    const [bundle, ...asked] = positionals;
    if (bundle === undefined) return usageIssue("board wants a BUNDLE.");
    const study = await deriveStudy(bundle, terminal.progress);
    if (!study.ok) return study;
    const { patients } = study.value.bundle.records;
    const unknown = asked.find((patient) => !patients.includes(patient));
    if (unknown !== undefined)
      return refuse({
        code: "unknown-patient",
        message: "The bundle has no such patient.",
        got: unknown,
        wanted: `one of ${patients.slice(0, 10).join(", ")}${patients.length > 10 ? ", …" : ""}`,
      });
    const out = text(values, "out") ?? join(bundle, "board");
    const files: { readonly path: string; readonly bytes: string }[] = [];
    for (const patient of asked.length === 0 ? patients : asked) {
      const images = await keySlices(study.value, patient);
      files.push({
        path: `${patient.replace(/[^A-Za-z0-9._-]+/g, "-")}.html`,
        bytes: tumourBoardHtml(tumourBoardOf(study.value, patient, images)),
      });
    }
    replaceFiles(files.map(({ path, bytes }) => ({ path: join(out, path), bytes })));
    return ok({
      json: { out, files: files.map(({ path }) => path), issues: study.value.issues },
      text: files.map(({ path }) => `wrote ${join(out, path)}`).join("\n"),
      issues: study.value.issues.filter(({ severity }) => severity === "error"),
    });
  },
};
