import { errorIssue, type Issue, ok, type Result, refuseWith } from "@livermark/core";
import { isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { didYouMean } from "../suggest.js";

type Path = readonly PropertyKey[];

/** A YAML file that was read, and where its values stand. */
export interface YamlFile {
  readonly value: unknown;
  /** Line of the value at `path`, or of its nearest ancestor that the file has. */
  readonly lineOf: (path: Path) => number;
}

const show = (value: unknown): string => {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

export const pathText = (path: Path): string =>
  path.map((part, i) => (typeof part === "number" ? `[${part}]` : `${i > 0 ? "." : ""}${String(part)}`)).join("");

function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const part of path) {
    if (typeof here !== "object" || here === null) return undefined;
    here = Object.getOwnPropertyDescriptor(here, part)?.value;
  }
  return here;
}

/** Reads YAML text. Syntax errors and repeated keys are Issues with the file's line. */
export function readYaml(text: string, file: string): Result<YamlFile> {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true, prettyErrors: false });
  if (document.errors.length > 0)
    return refuseWith(
      document.errors.map((error) => {
        const { line } = counter.linePos(error.pos[0]);
        return errorIssue({
          code: "yaml-syntax",
          message: error.message.split("\n")[0] ?? "The file is not valid YAML.",
          got: (text.split("\n")[line - 1] ?? "").trim(),
          wanted: "valid YAML 1.2",
          mend: "Check the indentation, the colons and the quotes on that line.",
          where: { file, line },
        });
      }),
    );
  const lineOf = (path: Path): number => {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return counter.linePos(node.range[0]).line;
    }
    return 1;
  };
  const value: unknown = document.toJS();
  return ok({ value, lineOf });
}

interface SchemaNode {
  readonly properties?: { readonly [key: string]: SchemaNode };
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

/** Keys that the schema knows at `path`, over all alternatives of a union. */
function knownKeys(schema: z.ZodType, path: Path): readonly string[] {
  let nodes: SchemaNode[] = [z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as SchemaNode];
  const spread = (node: SchemaNode): SchemaNode[] => {
    const alternatives = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
    return alternatives.length === 0 ? [node] : alternatives.flatMap(spread);
  };
  for (const part of path)
    nodes = nodes.flatMap(spread).flatMap((node) => {
      if (typeof part === "number") return node.items === undefined ? [] : [node.items];
      const property = node.properties?.[String(part)];
      if (property !== undefined) return [property];
      return typeof node.additionalProperties === "object" ? [node.additionalProperties] : [];
    });
  return nodes.flatMap(spread).flatMap((node) => Object.keys(node.properties ?? {}));
}

type RawIssue = z.core.$ZodIssue;

/** The most telling branch of a union: the one whose complaint lies deepest, then the one with the fewest complaints. */
function telling(issue: RawIssue): readonly RawIssue[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const depth = (branch: readonly RawIssue[]): number =>
    Math.max(...branch.map((inner) => inner.path.length + (inner.code === "unrecognized_keys" ? 1 : 0)));
  const branch = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? [];
  if (branch.length === 0 || depth(branch) === 0) {
    const words = issue.errors.flat().find((inner) => inner.code === "invalid_value" && inner.path.length === 0);
    return [words === undefined ? issue : { ...words, path: issue.path }];
  }
  return branch.flatMap((inner) => telling({ ...inner, path: [...issue.path, ...inner.path] }));
}

function describe(issue: RawIssue, file: YamlFile, name: string, schema: z.ZodType): readonly Issue[] {
  const found = valueAt(file.value, issue.path);
  const where = (path: Path): { readonly file: string; readonly line: number } => ({
    file: name,
    line: file.lineOf(path),
  });
  const place = pathText(issue.path);
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) =>
      errorIssue({
        code: "unknown-key",
        path: pathText([...issue.path, key]),
        message: `"${key}" is not a field of ${place === "" ? "this file" : place}.`,
        got: key,
        wanted: [...known].sort().join(", "),
        mend: didYouMean(key, known) || "Remove it, or look up the fields in docs/protocols.md.",
        where: where([...issue.path, key]),
      }),
    );
  }
  if (found === undefined && issue.path.length > 0)
    return [
      errorIssue({
        code: "missing-field",
        path: place,
        message: `"${String(issue.path[issue.path.length - 1])}" is missing.`,
        wanted: issue.code === "invalid_value" ? issue.values.map(String).join(" | ") : issue.message,
        mend: "Add it; docs/protocols.md says what it means.",
        where: where(issue.path.slice(0, -1)),
      }),
    ];
  const words = issue.code === "invalid_value" ? issue.values.map(String) : [];
  return [
    errorIssue({
      code: issue.code === "invalid_value" ? "unknown-word" : "wrong-value",
      path: place,
      message:
        words.length > 0
          ? `"${show(found)}" is not one of the known words.`
          : `${place || "The file"}: ${issue.message}.`,
      got: show(found),
      wanted: words.length > 0 ? words.join(" | ") : issue.message,
      mend: (typeof found === "string" && didYouMean(found, words)) || "See docs/protocols.md.",
      where: where(issue.path),
    }),
  ];
}

/**
 * Reads YAML text against a schema. Each mistake is an Issue with file, line, path, what was found and wanted, and
 * for a mistyped key or word the nearest known one.
 */
export function parseYamlWith<S extends z.ZodType>(
  schema: S,
  text: string,
  file: string,
): Result<{ readonly value: z.output<S>; readonly yaml: YamlFile }> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const parsed = schema.safeParse(yaml.value.value);
  if (parsed.success) return ok({ value: parsed.data, yaml: yaml.value });
  return refuseWith(parsed.error.issues.flatMap(telling).flatMap((issue) => describe(issue, yaml.value, file, schema)));
}
