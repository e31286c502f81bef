import { KERNEL_BASE64 } from "./lasso-kernel-bytes.js";

/**
 * Inner loops over columns in one buffer; positions are byte offsets, columns are padded with zeros to whole multiples of
 * eight values. Both makers below add in the same order, so they give the same bits.
 */
export interface LassoKernel {
  readonly dot: (a: number, b: number, bytes: number) => number;
  readonly weightedSquare: (w: number, x: number, bytes: number) => number;
  readonly addColumn: (y: number, x: number, factor: number, bytes: number) => void;
  /** One pass of coordinate descent; returns the largest square·change². */
  readonly cycle: (
    set: number,
    count: number,
    x: number,
    bytes: number,
    residual: number,
    curvature: number,
    beta: number,
    square: number,
    penalty: number,
    ridge: number,
  ) => number;
}

/** A buffer and the loops that work in it. */
export interface LassoWorkspace {
  readonly buffer: ArrayBuffer;
  readonly kernel: LassoKernel;
  readonly compiled: boolean;
}

/** The part of WebAssembly used here; the library itself declares no platform types. */
interface WebAssemblyLike {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
}

function platformWebAssembly(): WebAssemblyLike | null {
  const found: unknown = Reflect.get(globalThis, "WebAssembly");
  return typeof found === "object" && found !== null && "Module" in found && "Instance" in found && "Memory" in found
    ? (found as WebAssemblyLike)
    : null;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function decodeBase64(text: string): Uint8Array {
  const clean = text.replace(/=+$/, "");
  const bytes = new Uint8Array(Math.floor((clean.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of clean) {
    held = (held << 6) | ALPHABET.indexOf(letter);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 255;
    }
  }
  return bytes;
}

let compiledModule: object | null | undefined;

/** The compiled kernel, once per process; null where the platform has no WebAssembly with SIMD or forbids it. */
function kernelModule(platform: WebAssemblyLike): object | null {
  if (compiledModule === undefined) {
    try {
      compiledModule = new platform.Module(decodeBase64(KERNEL_BASE64));
    } catch {
      compiledModule = null;
    }
  }
  return compiledModule;
}

const PAGE = 65536;

/** A workspace of at least `bytes` bytes: compiled loops where the platform allows them, else the same loops in plain code. */
export function lassoWorkspace(bytes: number, allowCompiled = true): LassoWorkspace {
  const platform = allowCompiled ? platformWebAssembly() : null;
  const module = platform === null ? null : kernelModule(platform);
  if (platform !== null && module !== null) {
    const memory = new platform.Memory({ initial: Math.ceil(bytes / PAGE) });
    const { exports } = new platform.Instance(module, { e: { m: memory } });
    return { buffer: memory.buffer, kernel: exports as LassoKernel, compiled: true };
  }
  const buffer = new ArrayBuffer(Math.ceil(bytes / PAGE) * PAGE);
  return { buffer, kernel: plainKernel(buffer), compiled: false };
}

/** The loops without WebAssembly, in the same order of additions. */
export function plainKernel(buffer: ArrayBuffer): LassoKernel {
  const f64 = new Float64Array(buffer);
  const i32 = new Int32Array(buffer);
  const eight = (term: (i: number) => number, count: number): number => {
    const s = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let i = 0; i < count; i += 8) for (let k = 0; k < 8; k++) s[k]! += term(i + k);
    const even = s[0]! + s[2]! + (s[4]! + s[6]!);
    const odd = s[1]! + s[3]! + (s[5]! + s[7]!);
    return even + odd;
  };
  const dot = (a: number, b: number, bytes: number): number => {
    const [p, q] = [a / 8, b / 8];
    let [s0, s1, s2, s3, s4, s5, s6, s7] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let i = 0; i < bytes / 8; i += 8) {
      s0 += f64[p + i]! * f64[q + i]!;
      s1 += f64[p + i + 1]! * f64[q + i + 1]!;
      s2 += f64[p + i + 2]! * f64[q + i + 2]!;
      s3 += f64[p + i + 3]! * f64[q + i + 3]!;
      s4 += f64[p + i + 4]! * f64[q + i + 4]!;
      s5 += f64[p + i + 5]! * f64[q + i + 5]!;
      s6 += f64[p + i + 6]! * f64[q + i + 6]!;
      s7 += f64[p + i + 7]! * f64[q + i + 7]!;
    }
    return s0 + s2 + (s4 + s6) + (s1 + s3 + (s5 + s7));
  };
  return {
    dot,
    weightedSquare: (w, x, bytes) => {
      const [p, q] = [w / 8, x / 8];
      return eight((i) => f64[q + i]! * f64[q + i]! * f64[p + i]!, bytes / 8);
    },
    addColumn: (y, x, factor, bytes) => {
      const [p, q] = [y / 8, x / 8];
      for (let i = 0; i < bytes / 8; i++) f64[p + i]! += factor * f64[q + i]!;
    },
    cycle: (set, count, x, bytes, residual, curvature, beta, square, penalty, ridge) => {
      let largest = 0;
      const [r, w] = [residual / 8, curvature / 8];
      for (let k = 0; k < count; k++) {
        const j = i32[set / 4 + k]!;
        const column = x + j * bytes;
        const sq = f64[square / 8 + j]!;
        const old = f64[beta / 8 + j]!;
        const pull = dot(column, residual, bytes) + sq * old;
        const above = Math.abs(pull) - f64[penalty / 8 + j]!;
        const next = above > 0 ? (pull < 0 ? -above : above) / (sq + f64[ridge / 8 + j]!) : 0;
        const change = next - old;
        if (change === 0) continue;
        f64[beta / 8 + j] = next;
        const c = column / 8;
        for (let i = 0; i < bytes / 8; i++) f64[r + i]! -= f64[w + i]! * (change * f64[c + i]!);
        largest = Math.max(largest, sq * (change * change));
      }
      return largest;
    },
  };
}
