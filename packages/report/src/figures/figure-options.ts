import type { FigureWidth } from "./axes.js";
import { type Theme, type ThemeName, theme } from "./theme.js";

/** How a figure is drawn: one journal column (3.5 in, the default) or the page (7 in), and its colours (light). */
export interface FigureOptions {
  readonly width?: FigureWidth;
  readonly theme?: ThemeName;
  /** Under a Kaplan–Meier curve the numbers at risk alone, without events and censored: a slide is low. */
  readonly riskOnly?: boolean;
  /** A course as low as its words allow: the sheet of a patient holds more than its course. */
  readonly low?: boolean;
  /**
   * Rows of a forest plot, or panels of residuals, to draw, from the first to before the second; all unless given. The axes
   * stay those of all.
   */
  readonly rows?: readonly [number, number];
}

export const figureTheme = (options: FigureOptions): Theme => theme(options.theme ?? "light");
