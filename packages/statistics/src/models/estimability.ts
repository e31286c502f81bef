/** A limit pair with its method and level; or the reason why there is none. */
export type LimitsOrReason = Limits | NotEstimable;

/** A confidence interval that names how it was made. */
export interface Limits {
  readonly estimable: true;
  readonly method: string;
  readonly level: number;
  readonly low: number;
  readonly high: number;
}

/** The data do not determine this number, and why. */
export interface NotEstimable {
  readonly estimable: false;
  readonly why: string;
}

/** A confidence interval named by method and level. */
export const limits = (method: string, level: number, low: number, high: number): Limits => ({
  estimable: true,
  method,
  level,
  low,
  high,
});

/** The reason why a number cannot be given. */
export const notEstimable = (why: string): NotEstimable => ({ estimable: false, why });
