/** A seeded stream of random numbers. The same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform on [0, 1), with 53 random bits. */
  uniform(): number;
  /** Uniform integer on 0 … n − 1, without modulo bias. */
  integer(n: number): number;
  /** Standard normal, by the polar method of Marsaglia and Bray. */
  normal(): number;
  /** Exponential with mean 1. */
  exponential(): number;
  /** A permutation of 0 … n − 1 (Fisher–Yates). */
  permutation(n: number): number[];
  /** An independent stream named by `label`; drawing from it leaves this one as it was. */
  fork(label: string): Random;
}

/** FNV-1a over UTF-16 code units, enough to spread labels over seeds. */
function hashLabel(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

/**
 * Generator sfc32 (Chris Doty-Humphrey's small fast counting generator, 128 bits of state), warmed up by 15 rounds.
 * Refuses nothing: any integer seed is valid. Example: `random(7).uniform()` is the same everywhere.
 */
export function random(seed: number): Random {
  let a = seed >>> 0;
  let b = Math.floor(seed / 2 ** 32) >>> 0;
  let c = 0x9e3779b9;
  let counter = 1;
  let spare: number | undefined;

  function next32(): number {
    const t = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + t) >>> 0;
    return t;
  }
  for (let i = 0; i < 15; i++) next32();

  const self: Random = {
    uniform: () => ((next32() >>> 5) * 67108864 + (next32() >>> 6)) / 9007199254740992,
    integer(n) {
      if (!(n >= 1 && n <= 2 ** 32)) throw new Error(`integer(n) wants 1 <= n <= 2^32, got ${n}`);
      const limit = 2 ** 32 - (2 ** 32 % n);
      let draw = next32();
      while (draw >= limit) draw = next32();
      return draw % n;
    },
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      for (;;) {
        const u = 2 * self.uniform() - 1;
        const v = 2 * self.uniform() - 1;
        const s = u * u + v * v;
        if (s > 0 && s < 1) {
          const factor = Math.sqrt((-2 * Math.log(s)) / s);
          spare = v * factor;
          return u * factor;
        }
      }
    },
    exponential: () => -Math.log1p(-self.uniform()),
    permutation(n) {
      const order = Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = self.integer(i + 1);
        const kept = order[i]!;
        order[i] = order[j]!;
        order[j] = kept;
      }
      return order;
    },
    fork: (label) => random(hashLabel(label, seed) * 2 ** 20 + hashLabel(`${label}/`, ~seed)),
  };
  return self;
}
