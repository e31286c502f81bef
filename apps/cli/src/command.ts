import type { ParseArgsConfig } from "node:util";
import { parseArgs } from "node:util";
import { type Issue, ok, type Result, refuse } from "@livermark/core";

/** What a command gives back: JSON for programs, words for people, and warnings. */
export interface Output {
  /** Printed on stdout with `--json`. */
  readonly json: unknown;
  /** Printed on stderr without `--json`. */
  readonly text: string;
  readonly issues: readonly Issue[];
}

/** Where a command may write while it works; silent when nobody watches. */
export interface Terminal {
  readonly progress: (done: number, total: number, what: string) => void;
}

export type Options = NonNullable<ParseArgsConfig["options"]>;
export type Values = { readonly [name: string]: string | boolean | readonly (string | boolean)[] | undefined };

/** One `livermark` command, in a file of its own. */
export interface Command {
  /** Arguments after the command's name, as `--help` shows them. */
  readonly usage: string;
  /** Longer help: what it does and refuses; ends with one real example line. */
  readonly help: string;
  readonly options: Options;
  readonly run: (positionals: readonly string[], values: Values, terminal: Terminal) => Promise<Result<Output>>;
  /** How this command prints an Issue for a person; one line each unless it says otherwise. */
  readonly describe?: (issue: Issue, positionals: readonly string[]) => string;
}

/** Wrong use of a command, as opposed to bad input: exit code 2. */
export const USAGE = "usage";

export const usageIssue = (message: string, wanted = ""): Result<never> =>
  refuse({ code: USAGE, message, wanted, mend: "See `livermark <command> --help`." });

/**
 * Refuses the first option of a command that was given and is none of `used`: nothing is ignored in silence. `what` names the
 * way of the command that would not look at it, e.g. "measure diameters".
 */
export function onlyOptions(
  what: string,
  { options }: Pick<Command, "options">,
  values: Values,
  used: readonly string[],
): Result<null> {
  const unused = Object.keys(values).find((option) => Object.hasOwn(options, option) && !used.includes(option));
  return unused === undefined ? ok(null) : usageIssue(`${what} does not use --${unused} here.`);
}

/** Options that every command takes. */
const commonOptions: Options = {
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
};

/** Splits the arguments of a command, refusing unknown options. */
export function parseCommandLine(
  args: readonly string[],
  options: Options,
): Result<{ positionals: readonly string[]; values: Values }> {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      options: { ...options, ...commonOptions },
      allowPositionals: true,
      strict: true,
    });
    return ok({ positionals, values: values as Values });
  } catch (error) {
    return usageIssue(error instanceof Error ? error.message : String(error));
  }
}

/** The text of an option, or undefined. */
export const text = (values: Values, name: string): string | undefined => {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
};

/** All texts of a repeatable option. */
export const texts = (values: Values, name: string): readonly string[] => {
  const value = values[name];
  const list = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return list.filter((entry): entry is string => typeof entry === "string");
};

export const flag = (values: Values, name: string): boolean => values[name] === true;

/** A number option; refuses what is not one. */
export function numberOption(values: Values, name: string): Result<number | undefined> {
  const given = text(values, name);
  if (given === undefined) return ok(undefined);
  const number = Number(given);
  return given.trim() !== "" && Number.isFinite(number)
    ? ok(number)
    : usageIssue(`--${name} wants a number, found "${given}".`);
}
