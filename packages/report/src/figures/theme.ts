/** `auto` follows the page's light or dark scheme through CSS variables; the others are fixed for export. */
export type ThemeName = "light" | "dark" | "grey" | "auto";

export type MarkerShape = "circle" | "square" | "triangle" | "diamond" | "cross" | "triangle-down";

/** How one group is drawn: no meaning rests on colour alone. */
export interface SeriesStyle {
  readonly colour: string;
  /** SVG dash array; empty for a solid line. */
  readonly dash: string;
  readonly marker: MarkerShape;
}

export interface Theme {
  readonly ink: string;
  /** Secondary text, at least 4.5 : 1 on paper. */
  readonly muted: string;
  /** Grid and helper lines. */
  readonly rule: string;
  readonly paper: string;
  /** Quiet fill of boxes. */
  readonly wash: string;
  readonly series: readonly SeriesStyle[];
}

const dashes = ["", "5 2", "1.5 1.5", "7 2 1.5 2", "3 1.5", "9 3"];
const markers: readonly MarkerShape[] = ["circle", "square", "triangle", "diamond", "cross", "triangle-down"];

const withColours = (colours: readonly string[]): readonly SeriesStyle[] =>
  colours.map((colour, i) => ({ colour, dash: dashes[i % 6]!, marker: markers[i % 6]! }));

// Okabe & Ito 2008; its yellow is left out on white, its darker blues are lightened on black.
const lightColours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
const darkColours = ["#56B4E9", "#F0894A", "#2DBE94", "#D893B9", "#E6B422", "#A6D4F2"];
// No grey is paler than 3 : 1 on white; neighbours differ by a third of the scale.
const greyColours = ["#000000", "#8C8C8C", "#525252", "#737373", "#1F1F1F", "#949494"];

const light: Theme = {
  ink: "#1B1F24",
  muted: "#5A626C",
  rule: "#C9CED6",
  paper: "#FFFFFF",
  wash: "#F2F4F7",
  series: withColours(lightColours),
};

const dark: Theme = {
  ink: "#E7EAEE",
  muted: "#A3ACB8",
  rule: "#454D58",
  paper: "#14171B",
  wash: "#20252B",
  series: withColours(darkColours),
};

const grey: Theme = {
  ink: "#000000",
  muted: "#4D4D4D",
  rule: "#C4C4C4",
  paper: "#FFFFFF",
  wash: "#F2F2F2",
  series: withColours(greyColours),
};

const auto: Theme = {
  ink: "var(--ink)",
  muted: "var(--muted)",
  rule: "var(--rule)",
  paper: "var(--paper)",
  wash: "var(--wash)",
  series: withColours(lightColours.map((_, i) => `var(--s${i + 1})`)),
};

const themes: { readonly [name in ThemeName]: Theme } = { light, dark, grey, auto };

/** Colours of a theme. Series colours are Okabe & Ito's, each with its own dash and marker. */
export const theme = (name: ThemeName): Theme => themes[name];

/** The style of the i-th series; styles repeat after the sixth. */
export const seriesStyle = (of: Theme, index: number): SeriesStyle => of.series[index % of.series.length]!;

/** CSS declarations of the variables that the `auto` theme draws with. */
export function themeVariables(name: "light" | "dark"): string {
  const { ink, muted, rule, paper, wash, series } = themes[name];
  const colours = series.map((style, i) => `--s${i + 1}:${style.colour}`).join(";");
  return `--ink:${ink};--muted:${muted};--rule:${rule};--paper:${paper};--wash:${wash};${colours}`;
}
