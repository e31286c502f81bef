import { errorIssue, type Issue, ok, type Result, refuseWith } from "@livermark/core";
import { isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { didYouMean } from "../suggest.js";

type Path = readonly PropertyKey[];

/** A YAML file that was read, and where its values stand. */
export interface YamlFile {
  readonly value: unknown;
  /** Line of the value at `path`, or of its nearest ancestor that the file has. */
  readonly lineOf: (path: Path) => number;
  /** Line of the key at `path`; its value may stand below. */
  readonly keyLineOf: (path: Path) => number;
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

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** What usually is behind a syntax error of YAML. */
const SYNTAX_HELP: { readonly [code: string]: string } = {
  BAD_INDENT: "Check the indentation: lists and flow brackets must be closed and stand at one depth.",
  TAB_AS_INDENT: "Indent with spaces; YAML does not take tabs.",
  MISSING_CHAR: "Close the bracket or quote that was opened.",
  DUPLICATE_KEY: "Remove one of the two, or join them.",
  BLOCK_AS_IMPLICIT_KEY: "Put quotes around a text that holds a colon.",
  MULTILINE_IMPLICIT_KEY: "A key needs a colon and a space after it.",
  UNEXPECTED_TOKEN: "Put quotes around a text that begins with a sign such as >, %, @, [ or {.",
};

/** Reads YAML text. Syntax errors and repeated keys are Issues with the file's line. */
export function readYaml(text: string, file: string): Result<YamlFile> {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true, prettyErrors: false });
  if (document.errors.length > 0)
    return refuseWith(
      // What comes after the first syntax error mostly follows from it.
      document.errors.slice(0, 1).map((error) => {
        const { line, col } = counter.linePos(error.pos[0]);
        const [here = "", below = ""] = text.split("\n").slice(line - 1, line + 1);
        const deeper = error.code === "BLOCK_AS_IMPLICIT_KEY" && indentOf(below) > indentOf(here);
        if (deeper)
          return errorIssue({
            code: "yaml-syntax",
            message: "The line is indented deeper than the one before it, which has a value already.",
            got: below.trim(),
            wanted: `${indentOf(here)} spaces before it, as before its neighbours`,
            mend: "Correct the indentation of this line.",
            where: { file, line: line + 1, column: String(indentOf(below) + 1) },
          });
        return errorIssue({
          code: "yaml-syntax",
          message: error.message.split("\n")[0] ?? "The file is not valid YAML.",
          got: (text.split("\n")[line - 1] ?? "").trim(),
          wanted: "valid YAML 1.2",
          mend: SYNTAX_HELP[error.code] ?? "Check the indentation, the colons and the quotes on that line.",
          where: { file, line, column: String(col) },
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
  const keyLineOf = (path: Path): number => {
    const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    const name = path[path.length - 1];
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(name))
      : null;
    return isNode(pair?.key) && pair.key.range ? counter.linePos(pair.key.range[0]).line : lineOf(path);
  };
  const value: unknown = document.toJS();
  return ok({ value, lineOf, keyLineOf });
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
        where: { file: name, line: file.keyLineOf([...issue.path, key]) },
      }),
    );
  }
  if (found === undefined && issue.path.length > 0)
    return [
      errorIssue({
        code: "missing-field",
        path: place,
        message: `"${String(issue.path[issue.path.length - 1])}" is missing.`,
        wanted: wantedOf(issue),
        mend: `Add "${String(issue.path[issue.path.length - 1])}: …"; docs/protocols.md says what it means.`,
        where: where(issue.path.slice(0, -1)),
      }),
    ];
  const words = issue.code === "invalid_value" ? issue.values.map(String) : [];
  const key = [...issue.path].reverse().find((part) => typeof part === "string");
  return [
    errorIssue({
      code: issue.code === "invalid_value" ? "unknown-word" : "wrong-value",
      path: place,
      message:
        words.length > 0
          ? `"${show(found)}" is not one of the known words.`
          : `"${String(key ?? place)}" wants ${wantedOf(issue)}.`,
      got: show(found),
      wanted: wantedOf(issue),
      mend: (typeof found === "string" && didYouMean(found, words)) || "See docs/protocols.md.",
      where: where(issue.path),
    }),
  ];
}

const KINDS: { readonly [type: string]: string } = {
  number: "a number",
  int: "a whole number",
  string: "a text",
  boolean: "true or false",
  array: "a list, e.g. [a, b]",
  object: "a block of fields",
  record: "a block of fields",
  tuple: "a list of two, e.g. [-14, 0]",
};

/** What a schema wanted, in words. */
function wantedOf(issue: RawIssue): string {
  switch (issue.code) {
    case "invalid_value":
      return issue.values.map(String).join(" | ");
    case "invalid_type":
      return KINDS[issue.expected] ?? issue.expected;
    case "too_small":
      if (issue.origin === "string") return "a text that is not empty";
      if (issue.origin === "array") return `a list of at least ${String(issue.minimum)}`;
      return `a number ${issue.inclusive === false ? "above" : "of at least"} ${String(issue.minimum)}`;
    case "too_big":
      if (issue.origin === "array") return `a list of at most ${String(issue.maximum)}`;
      return `a number ${issue.inclusive === false ? "below" : "of at most"} ${String(issue.maximum)}`;
    default:
      return issue.message;
  }
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
