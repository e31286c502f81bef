import type { FigureWidth } from "./axes.js";
import { type Theme, type ThemeName, theme } from "./theme.js";

/** How a figure is drawn: one journal column (3.5 in, the default) or the page (7 in), and its colours (light). */
export interface FigureOptions {
  readonly width?: FigureWidth;
  readonly theme?: ThemeName;
}

export const figureTheme = (options: FigureOptions): Theme => theme(options.theme ?? "light");
