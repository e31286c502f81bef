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
    summary: "the liver outlined: a draft, strokes, a correction of either, or a model of your own",
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

/** What the program writes to: `out` takes JSON alone, `err` words, Issues and the progress bar. */
export interface Streams {
  readonly out: (text: string) => Promise<void>;
  readonly err: (text: string) => void;
  /** Whether somebody watches `err`, for whom progress is drawn. */
  readonly watched: boolean;
}

const complain = (
  err: Streams["err"],
  issues: readonly Issue[],
  json: boolean,
  describe: (issue: Issue) => string = describeIssue,
): void => {
  for (const issue of issues) err(`${json ? JSON.stringify(issue) : describe(issue)}\n`);
};

function terminal({ err, watched }: Streams, json: boolean): Terminal {
  if (json || !watched) return { progress: () => {} };
  return {
    progress(done, total, what) {
      const width = 24;
      const filled = total > 0 ? Math.round((width * done) / total) : 0;
      const bar = "█".repeat(filled) + "░".repeat(width - filled);
      err(`\r\u001b[2K${bar} ${done}/${total} ${what}${done >= total ? "\n" : ""}`);
    },
  };
}

/**
 * Runs one command line and gives its exit code: 0 done, 1 refused, 2 wrong use.
 * Example: `await livermark(["validate", "study"], streams)`.
 */
export async function livermark(args: readonly string[], streams: Streams): Promise<number> {
  const { out, err } = streams;
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    err(usage());
    return name === undefined ? 2 : 0;
  }
  const json = rest.includes("--json");
  if (name === "--version") {
    const { LIVERMARK_VERSION } = await import("@livermark/pipeline");
    await out(json ? `${JSON.stringify({ version: LIVERMARK_VERSION })}\n` : `${LIVERMARK_VERSION}\n`);
    return 0;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) {
    if (json) complain(err, [noCommand(name)], json);
    else err(`livermark: there is no command "${name}".\n\n${usage()}`);
    return 2;
  }
  const { command } = await entry.load();
  const parsed = parseCommandLine(rest, command.options);
  if (parsed.ok && parsed.value.values.help === true) {
    err(`Usage: livermark ${name} ${command.usage}\n\n${command.help}\n`);
    return 0;
  }
  const result = parsed.ok ? await answer(command, parsed.value, terminal(streams, json)) : parsed;
  const describe = (issue: Issue): string =>
    command.describe === undefined || !parsed.ok
      ? describeIssue(issue)
      : command.describe(issue, parsed.value.positionals);
  if (!result.ok) {
    complain(err, result.issues, json, describe);
    return result.issues.some((issue) => issue.code === USAGE) ? 2 : 1;
  }
  if (json) await out(`${JSON.stringify(result.value.json)}\n`);
  else {
    if (result.value.text !== "") err(`${result.value.text}\n`);
    complain(err, result.value.issues, false, describe);
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
