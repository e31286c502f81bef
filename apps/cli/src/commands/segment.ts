import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { mapResult, refuse } from "@livermark/core";
import { readVolumeFromPath, writeNifti } from "@livermark/dicom";
import { liverDraft } from "@livermark/imaging";
import { type Command, text, usageIssue } from "../command.js";

export const command: Command = {
  usage: "liver SERIES --out FILE.nii[.gz] [--json]",
  help: [
    "Draws a draft outline of the liver, tumours included, on a contrast-enhanced CT series and writes it as a NIfTI mask.",
    "It is a draft: look at it and correct it before measuring. It says of itself what Dice it expects; below 0.88 it must be redrawn.",
    "A file that exists is refused.",
    "Example:\n  livermark segment liver portal/ --out liver-draft.nii.gz",
  ].join("\n"),
  options: { out: { type: "string" } },
  async run(positionals, values) {
    const [organ, path] = positionals;
    const out = text(values, "out");
    if (
      organ !== "liver" ||
      path === undefined ||
      positionals.length > 2 ||
      out === undefined ||
      !/\.nii(\.gz)?$/.test(out)
    )
      return usageIssue("segment wants `liver`, a SERIES, and --out FILE.nii or FILE.nii.gz.");
    if (existsSync(out))
      return refuse({
        code: "file-exists",
        message: "There is a file of this name already.",
        got: out,
        wanted: "a new file",
      });
    const volume = await readVolumeFromPath(path);
    if (!volume.ok) return volume;
    const drafted = liverDraft(volume.value);
    return mapResult(drafted, ({ mask, volumeMl, mean, signs, estimatedDice, usable, parameters }) => {
      const bytes = writeNifti(mask);
      const fresh = `${out}.new-${process.pid}`;
      try {
        writeFileSync(fresh, out.endsWith(".gz") ? gzipSync(bytes, { level: 1 }) : bytes);
        renameSync(fresh, out);
      } finally {
        rmSync(fresh, { force: true });
      }
      const issues = [...volume.issues, ...drafted.issues];
      return {
        json: { out, method: "classical", volumeMl, mean, signs, estimatedDice, usable, parameters, issues },
        text: `wrote ${out}: draft of ${volumeMl.toFixed(1)} ml, expected Dice ${estimatedDice.toFixed(2)}; ${usable ? "look at it before you measure" : "redraw it before you measure"}`,
        issues,
      };
    });
  },
};
