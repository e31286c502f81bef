import { compareStrings } from "@livermark/core";
import { strFromU8, strToU8, unzipSync, type Zippable, zipSync } from "fflate";

/** A file of a report: path with `/`, and its bytes. */
export interface ReportFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export const textFile = (path: string, text: string): ReportFile => ({ path, bytes: strToU8(text) });

// Zip stores local time without a zone; the parts, not an instant, keep the bytes equal everywhere.
const fixedTime = (): Date => new Date(2000, 0, 1, 12);

/** Files as one zip whose bytes depend on names and contents only. `first` names a file that must lead (Office formats). */
export function stableZip(files: readonly ReportFile[], first = ""): Uint8Array {
  const rank = (path: string): string => (path === first ? "" : path);
  const entries: Zippable = {};
  for (const { path, bytes } of [...files].sort((a, b) => compareStrings(rank(a.path), rank(b.path)))) {
    entries[path] = [bytes, { mtime: fixedTime(), level: 6 }];
  }
  return zipSync(entries);
}

/**
 * A Word or Excel file without the traces of when and in which process it was made: the clock in zip entries and in
 * `docProps/core.xml`, and the running number of drawings.
 */
export function stableOffice(bytes: Uint8Array): Uint8Array {
  let drawing = 0;
  const files = Object.entries(unzipSync(bytes))
    .filter(([path]) => !path.endsWith("/"))
    .map(([path, content]): ReportFile => {
      if (path === "docProps/core.xml") {
        const text = strFromU8(content).replace(
          /(<dcterms:(?:created|modified)[^>]*>)[^<]*/g,
          "$12000-01-01T00:00:00Z",
        );
        return textFile(path, text);
      }
      if (path === "word/document.xml") {
        return textFile(
          path,
          strFromU8(content).replace(/<wp:docPr id="\d+"/g, () => `<wp:docPr id="${++drawing}"`),
        );
      }
      return { path, bytes: content };
    });
  return stableZip(files, "[Content_Types].xml");
}
