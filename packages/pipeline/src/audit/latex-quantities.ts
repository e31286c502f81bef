import { raised } from "./latex-symbols.js";
import { type LatexToken, type TokenReader, tokenReader, tokensText } from "./latex-tokens.js";

const pairs = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .trim()
      .split(/\s+/)
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)] as const),
  );

const PREFIX = pairs("milli=m micro=µ kilo=k centi=c nano=n deci=d mega=M giga=G pico=p");
const UNIT = pairs(
  `metre=m meter=m gram=g kilogram=kg second=s litre=L liter=L mole=mol day=d hour=h minute=min percent=% degreeCelsius=°C
  celsius=°C gray=Gy hertz=Hz tesla=T becquerel=Bq degree=° um=µm us=µs ug=µg ul=µL uL=µL umol=µmol`,
);

/** A unit of siunitx as it prints, division as a stroke: `\milli\metre\squared\per\second` is mm²/s. */
export function siUnit(tokens: readonly LatexToken[]): string {
  let out = "";
  let prefix = "";
  let per = false;
  let power = "";
  const reader = tokenReader(tokens);
  for (let token = reader.next(); token !== undefined; token = reader.next()) {
    const { kind, text } = token;
    if (kind === "^") out += raised(tokensText(reader.argument()));
    else if (kind !== "command") out += kind === "~" || text === "." ? " " : kind === "{" || kind === "}" ? "" : text;
    else if (text === "per") per = true;
    else if (text === "square") power = "²";
    else if (text === "cubic") power = "³";
    else if (text === "squared") out += "²";
    else if (text === "cubed") out += "³";
    else if (text === "tothe") out += raised(tokensText(reader.argument()));
    else if (PREFIX.has(text)) prefix = PREFIX.get(text) ?? "";
    else {
      const joint = per ? "/" : out === "" ? "" : " ";
      out += `${joint}${prefix}${UNIT.get(text) ?? text}${power}`;
      prefix = "";
      per = false;
      power = "";
    }
  }
  return out;
}

/** A number of siunitx as it prints: 1.2e-3 is 1.2 × 10⁻³, 5+-1 is 5 ± 1. */
export const siNumber = (text: string): string =>
  text
    .replace(/\s*\+-\s*/g, " ± ")
    .replace(
      /(\d)\s*[eEdD]\s*([+-]?)(\d+)/g,
      (_, digit: string, sign: string, power: string) => `${digit} × 10${raised(`${sign === "-" ? "-" : ""}${power}`)}`,
    )
    .replace(/\s*[xX]\s*/g, " × ");

const NUMBERS = new Set(["num", "numrange", "numlist", "numproduct", "ang", "tablenum"]);
const QUANTITIES = new Set(["SI", "qty", "SIrange", "qtyrange", "SIlist", "qtylist", "qtyproduct"]);

/** True for a command of siunitx that prints a number or a unit. */
export const isQuantity = (name: string): boolean =>
  NUMBERS.has(name) || QUANTITIES.has(name) || name === "si" || name === "unit";

/** What the siunitx command `name` prints; its arguments are read from `reader`, `plain` prints what stands in them. */
export function quantityText(
  name: string,
  reader: TokenReader,
  plain: (tokens: readonly LatexToken[]) => string,
): string {
  reader.option();
  if (name === "si" || name === "unit") return siUnit(reader.argument());
  const number = (): string => siNumber(plain(reader.argument()));
  const first = number();
  const value = name.endsWith("range") ? `${first} to ${number()}` : first.replaceAll(/\s*;\s*/g, ", ");
  if (!QUANTITIES.has(name)) return name === "ang" ? `${value}°` : value;
  reader.option();
  const unit = siUnit(reader.argument());
  return unit === "" ? value : `${value} ${unit}`;
}
