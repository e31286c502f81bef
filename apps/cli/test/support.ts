import type { Result } from "@livermark/core";
import { type Command, type Output, parseCommandLine } from "../src/command.js";

/** Images of an example study just large enough to be read and measured. */
export const small = { size: [72, 72, 44], spacingMm: [4.4, 4.4, 4.4] } as const;

/** Calls a command as `livermark <command> …args` would, in this process. */
export async function call(command: Command, ...args: string[]): Promise<Result<Output>> {
  const parsed = parseCommandLine(args, command.options);
  return parsed.ok ? command.run(parsed.value.positionals, parsed.value.values, { progress: () => {} }) : parsed;
}

/** The JSON that `--json` would print; throws what was refused. */
export async function json<T>(command: Command, ...args: string[]): Promise<T> {
  const result = await call(command, ...args);
  if (!result.ok)
    throw new Error(result.issues.map((issue) => `${issue.code}: ${issue.message} ${issue.got}`).join("\n"));
  return JSON.parse(JSON.stringify(result.value.json)) as T;
}
