import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ok, type Result, refuse } from "@livermark/core";
import { writeMha } from "@livermark/dicom";
import { type EngineImage, parameterText, parseParameterText, type RegistrationEngine } from "@livermark/imaging";

/** Version that the installed elastix prints; null where there is none. */
export function nativeElastixVersion(): string | null {
  const { status, stdout } = spawnSync("elastix", ["--version"], { encoding: "utf8" });
  return status === 0 ? (/version:?\s*([\d.]+)/.exec(stdout)?.[1] ?? "unknown version") : null;
}

/** Refuses `--engine native` where no elastix is installed. */
export const nativeElastixAbsent = (): Result<never> =>
  refuse({
    code: "elastix-not-found",
    message: "Native elastix was asked for and is not installed.",
    got: "no program elastix on the search path",
    wanted: "elastix 5",
    mend: "Install it (Debian: apt-get install elastix), or leave out --engine native: the built-in one needs nothing.",
  });

const imageFile = ({ size, spacingMm, originMm, data }: EngineImage): Uint8Array =>
  writeMha({
    grid: {
      size,
      spacingMm,
      originMm,
      axes: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    },
    data,
  });

/**
 * The elastix that is installed on this machine, with the same parameter maps, in one thread and in a temporary folder that is
 * removed afterwards. `started` hears the process id. Refuses a run that fails, with the last lines of its log.
 */
export const nativeElastix = (started: (pid: number) => void): RegistrationEngine => ({
  name: `elastix ${nativeElastixVersion() ?? "absent"} (native)`,
  async run({ fixed, moving, step, initial }) {
    const folder = mkdtempSync(join(tmpdir(), "livermark-elastix-"));
    try {
      const at = (name: string): string => join(folder, name);
      writeFileSync(at("fixed.mha"), imageFile(fixed));
      writeFileSync(at("moving.mha"), imageFile(moving));
      writeFileSync(at("parameters.txt"), parameterText({ ...step, WriteResultImage: ["false"] }));
      const last = initial[initial.length - 1];
      if (last !== undefined) writeFileSync(at("initial.txt"), parameterText(last));
      const status = await finished(
        ["-f", "fixed.mha", "-m", "moving.mha", "-p", "parameters.txt", "-out", ".", "-threads", "1"].concat(
          last === undefined ? [] : ["-t0", "initial.txt"],
        ),
        folder,
        started,
      );
      const result = at("TransformParameters.0.txt");
      if (status === 0 && existsSync(result)) return ok([...initial, parseParameterText(readFileSync(result, "utf8"))]);
      const log = existsSync(at("elastix.log")) ? readFileSync(at("elastix.log"), "utf8").trim().split("\n") : [];
      return refuse({
        code: "registration-engine",
        message: "Native elastix stopped without a result.",
        got: log.slice(-3).join(" ") || `exit status ${status}`,
        wanted: "a transform",
        mend: "Use the built-in engine, or a coarser working size.",
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

const finished = (args: readonly string[], cwd: string, started: (pid: number) => void): Promise<number | null> =>
  new Promise((resolve) => {
    const child = spawn("elastix", args, { cwd, stdio: "ignore" });
    if (child.pid !== undefined) started(child.pid);
    child.on("error", () => resolve(null));
    child.on("close", (status) => resolve(status));
  });
