import type { Random } from "@livermark/core";
import type { PhantomFile } from "./files.js";

/** A fault as it happens to series on their way through archives. */
export type Damage = "missing-slice" | "repeated-file" | "shuffled-names" | "truncated-file" | "not-dicom";

/**
 * A series with one fault, by its files: a slice taken from the middle, a file that is there twice, file names in random order
 * (which must not matter), a file cut at three quarters, a text file among the images. Wants five files or more; fewer come
 * back as they are. Two series in one folder or one UID are made by joining files instead.
 */
export function damageSeries(files: readonly PhantomFile[], damage: Damage, stream: Random): readonly PhantomFile[] {
  if (files.length < 5) return files;
  const at = 1 + Math.floor(files.length / 2) + stream.integer(2);
  const one = files[at]!;
  switch (damage) {
    case "missing-slice":
      return files.filter((file) => file !== one);
    case "repeated-file":
      return [...files, { path: one.path.replace(/\.dcm$/, "-copy.dcm"), bytes: one.bytes }];
    case "shuffled-names": {
      const order = stream.permutation(files.length);
      return files.map((file, n) => ({ path: files[order[n]!]!.path, bytes: file.bytes }));
    }
    case "truncated-file":
      return files.map((file) =>
        file === one ? { path: one.path, bytes: one.bytes.slice(0, Math.floor(0.75 * one.bytes.length)) } : file,
      );
    case "not-dicom":
      return [
        ...files,
        { path: one.path.replace(/[^/]*$/, "README.dcm"), bytes: new TextEncoder().encode("this is not an image\n") },
      ];
  }
}
