import { errorIssue, type Issue, type IssueDraft } from "./issue.js";

/** A value, with the warnings met on the way. */
export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
  readonly issues: readonly Issue[];
}

/** No value, and at least one error that says why. */
export interface Refused {
  readonly ok: false;
  readonly issues: readonly Issue[];
}

/**
 * What every function returns that bad input can stop. Throwing is for bugs.
 * Example: `const r = ok(3); if (r.ok) r.value;`
 */
export type Result<T> = Ok<T> | Refused;

/** A value, with the warnings met on the way. */
export const ok = <T>(value: T, issues: readonly Issue[] = []): Ok<T> => ({ ok: true, value, issues });

/** Refusal with one error made from `draft`. */
export const refuse = (draft: IssueDraft): Refused => ({ ok: false, issues: [errorIssue(draft)] });

/** Refusal with Issues met elsewhere. */
export const refuseWith = (issues: readonly Issue[]): Refused => ({ ok: false, issues });

/** Applies `f` to the value; warnings of both steps are kept. */
export function andThen<T, U>(result: Result<T>, f: (value: T) => Result<U>): Result<U> {
  if (!result.ok) return result;
  const next = f(result.value);
  return result.issues.length === 0 ? next : { ...next, issues: [...result.issues, ...next.issues] };
}

/** Applies `f` to the value. */
export const mapResult = <T, U>(result: Result<T>, f: (value: T) => U): Result<U> =>
  result.ok ? { ...result, value: f(result.value) } : result;

/** All values, or every Issue of those that were refused (so that a person sees all mistakes at once). */
export function all<T>(results: readonly Result<T>[]): Result<readonly T[]> {
  const issues = results.flatMap((r) => r.issues);
  const values: T[] = [];
  for (const r of results) if (r.ok) values.push(r.value);
  return values.length === results.length ? ok(values, issues) : refuseWith(issues);
}

/** The value, or an exception: for tests and for states that only a bug can reach. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(result.issues.map((issue) => `${issue.code}: ${issue.message}`).join("; "));
}
