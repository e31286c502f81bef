// Compiles the AssemblyScript kernels and writes them as a module, so that Node and the browser need no fetch.
//   node packages/imaging/scripts/build-kernels.mjs          writes src/generated/kernels-wasm.ts
//   node packages/imaging/scripts/build-kernels.mjs --check  exits 1 when that file is not what the source gives
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const source = readFileSync(path("../kernels/voxels.ts"), "utf8");
let binary;
const { error, stderr } = await asc.main(
  [
    "voxels.ts",
    "--outFile",
    "voxels.wasm",
    "-O3",
    "--noAssert",
    "--runtime",
    "stub",
    "--enable",
    "simd",
    "--importMemory",
    "--initialMemory",
    "1",
  ],
  {
    readFile: (name) => (name === "voxels.ts" ? source : null),
    writeFile: (name, contents) => {
      if (name === "voxels.wasm") binary = contents;
    },
    listFiles: () => [],
  },
);
if (error) {
  console.error(stderr.toString());
  throw error;
}
const base64 = Buffer.from(binary).toString("base64");
const lines = base64.match(/.{1,110}/g).map((line) => `  "${line}",`);
const module = [
  "// Made by scripts/build-kernels.mjs from kernels/voxels.ts; do not edit.",
  "",
  "/** The compiled voxel kernels, base64. */",
  "export const kernelsWasm: string = [",
  ...lines,
  '].join("");',
  "",
].join("\n");
const target = path("../src/generated/kernels-wasm.ts");
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== module) {
    console.error("src/generated/kernels-wasm.ts is not what kernels/voxels.ts compiles to");
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, module);
  console.log(`${binary.length} bytes`);
}
