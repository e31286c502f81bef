#!/usr/bin/env node
import { describeIssue, errorIssue, type Issue, type Result } from "@livermark/core";
import { type Command, type Output, parseCommandLine, type Terminal, USAGE, type Values } from "./command.js";
import { systemRefusal } from "./files.js";

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** Commands by name, each loaded only when it is called. */
const commands: Readonly<Record<string, Entry>> = {
  run: { summary: "whole way: images and tables to statistics and report", load: () => import("./commands/run.js") },
  inspect: {
    summary: "what DICOM lies under a path, and what was refused",
    load: () => import("./commands/inspect.js"),
  },
  measure: { summary: "one measurement from images and regions", load: () => import("./commands/measure.js") },
  adc: {
    summary: "the ADC map of diffusion-weighted images, as NIfTI, NRRD, MetaImage or DICOM",
    load: () => import("./commands/adc.js"),
  },
  register: {
    summary: "one image brought onto another, with its quality; a bad result is refused",
    load: () => import("./commands/register.js"),
  },
  segment: {
    summary: "a draft outline of the liver on contrast CT",
    load: () => import("./commands/segment.js"),
  },
  stat: { summary: "one statistic from a case file", load: () => import("./commands/stat.js") },
  derive: {
    summary: "response, endpoints, eligibility and the analysis set",
    load: () => import("./commands/derive.js"),
  },
  analyse: {
    summary: "the plan of a bundle's protocol: results.json, no report",
    load: () => import("./commands/analyse.js"),
  },
  predict: {
    summary: "a published or fitted model on one patient",
    load: () => import("./commands/predict.js"),
  },
  report: {
    summary: "the results as PDF, Word, Excel, figures, R script, calculator …",
    load: () => import("./commands/report.js"),
  },
  board: {
    summary: "one A4 page per patient for a tumour board; it states and never recommends",
    load: () => import("./commands/board.js"),
  },
  deidentify: {
    summary: "DICOM without patient identity, for the whole study the same way",
    load: () => import("./commands/deidentify.js"),
  },
  explain: { summary: "the passport of one number", load: () => import("./commands/explain.js") },
  audit: {
    summary: "contradictions in a paper or manuscript, each with the arithmetic",
    load: () => import("./commands/audit.js"),
  },
  import: {
    summary: "foreign tables into a bundle, through a saved mapping",
    load: () => import("./commands/import.js"),
  },
  amend: {
    summary: "a correction with who, when and why; the earlier value stays",
    load: () => import("./commands/amend.js"),
  },
  validate: {
    summary: "checks a bundle or a protocol without running it",
    load: () => import("./commands/validate.js"),
  },
  new: { summary: "an empty study bundle for a protocol", load: () => import("./commands/new.js") },
  phantom: { summary: "images and cohorts with known truth", load: () => import("./commands/phantom.js") },
  doctor: {
    summary: "which optional programs are here, and what is lost without them",
    load: () => import("./commands/doctor.js"),
  },
};

const usage = (): string =>
  [
    "livermark: from liver images and a clinical table to response, survival statistics and a traceable report",
    "Research use only; not a medical device.",
    "",
    "Usage: livermark <command> [arguments] [--json] [--help]   |   livermark --version",
    "",
    ...Object.entries(commands).map(([name, entry]) => `  ${name.padEnd(11)}${entry.summary}`),
    "",
  ].join("\n");

const complain = (
  issues: readonly Issue[],
  json: boolean,
  describe: (issue: Issue) => string = describeIssue,
): void => {
  for (const issue of issues) process.stderr.write(`${json ? JSON.stringify(issue) : describe(issue)}\n`);
};

function terminal(json: boolean): Terminal {
  if (json || !process.stderr.isTTY) return { progress: () => {} };
  return {
    progress(done, total, what) {
      const width = 24;
      const filled = total > 0 ? Math.round((width * done) / total) : 0;
      const bar = "█".repeat(filled) + "░".repeat(width - filled);
      process.stderr.write(`\r\u001b[2K${bar} ${done}/${total} ${what}${done >= total ? "\n" : ""}`);
    },
  };
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stderr.write(usage());
    return name === undefined ? 2 : 0;
  }
  const json = rest.includes("--json");
  if (name === "--version") {
    const { LIVERMARK_VERSION } = await import("@livermark/pipeline");
    process.stdout.write(json ? `${JSON.stringify({ version: LIVERMARK_VERSION })}\n` : `${LIVERMARK_VERSION}\n`);
    return 0;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) {
    if (json) complain([noCommand(name)], json);
    else process.stderr.write(`livermark: there is no command "${name}".\n\n${usage()}`);
    return 2;
  }
  const { command } = await entry.load();
  const parsed = parseCommandLine(rest, command.options);
  if (parsed.ok && parsed.value.values.help === true) {
    process.stderr.write(`Usage: livermark ${name} ${command.usage}\n\n${command.help}\n`);
    return 0;
  }
  const result = parsed.ok ? await answer(command, parsed.value, terminal(json)) : parsed;
  const describe = (issue: Issue): string =>
    command.describe === undefined || !parsed.ok
      ? describeIssue(issue)
      : command.describe(issue, parsed.value.positionals);
  if (!result.ok) {
    complain(result.issues, json, describe);
    return result.issues.some((issue) => issue.code === USAGE) ? 2 : 1;
  }
  if (json) await print(`${JSON.stringify(result.value.json)}\n`);
  else {
    if (result.value.text !== "") process.stderr.write(`${result.value.text}\n`);
    complain(result.value.issues, false, describe);
  }
  return 0;
}

const noCommand = (name: string): Issue =>
  errorIssue({
    code: USAGE,
    message: "There is no such command.",
    got: name,
    wanted: Object.keys(commands).join(", "),
  });

/** What a command says; a file that the system does not let it read or write is a refusal too, every other throw is a bug. */
async function answer(
  command: Command,
  { positionals, values }: { readonly positionals: readonly string[]; readonly values: Values },
  watching: Terminal,
): Promise<Result<Output>> {
  try {
    return await command.run(positionals, values, watching);
  } catch (error) {
    const refused = systemRefusal(error);
    if (refused === null) throw error;
    return refused;
  }
}

/** Waits until a pipe has taken everything: large JSON would be cut off by an early exit. */
const print = (text: string): Promise<void> =>
  new Promise((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve())));

// A reader such as `head` that closes the pipe early has what it wanted.
process.stdout.on("error", (error: Error & { code?: string }) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await main(process.argv.slice(2));
