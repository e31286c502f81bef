import { ok, type Result, refuse } from "@livermark/core";
import { sameGrid, type Volume } from "@livermark/imaging";
import { littleEndianBytes } from "./formats/image-file.js";
import type { SeriesEntry } from "./series/index-folder.js";
import { chooseStack } from "./series/read-volume.js";
import {
  type Code,
  codeItem,
  type DerivedAttributes,
  derivationImage,
  derivedModules,
  planePosition,
  referencedSeries,
  sharedGeometry,
} from "./write/derived.js";
import { type ElementList, encodeFile } from "./write/elements.js";
import { uidFromSeed } from "./write/uid.js";

const PARAMETRIC_MAP = "1.2.840.10008.5.1.4.1.1.30";

/** What a map's numbers are. */
export interface MapQuantity {
  /** UCUM unit, e.g. `["mm2/s", "UCUM", "mm2/s"]`. */
  readonly unit: Code;
  /** E.g. Apparent Diffusion Coefficient, `["113041", "DCM", "Apparent Diffusion Coefficient"]`. */
  readonly quantity: Code;
  /** What else defines the quantity, in the order of the standard's example; nothing unless given. */
  readonly definition?: readonly QuantityItem[];
}

/** One more item of a Quantity Definition Sequence. */
type QuantityItem =
  | { readonly name: Code; readonly code: Code }
  | { readonly name: Code; readonly value: number; readonly unit: Code }
  | { readonly name: Code; readonly text: string };

/** The map of apparent diffusion coefficients in mm²/s. */
const ADC_QUANTITY: MapQuantity = {
  unit: ["mm2/s", "UCUM", "mm2/s"],
  quantity: ["113041", "DCM", "Apparent Diffusion Coefficient"],
};

/**
 * The quantity of an ADC map with its model and the b-values (s/mm²) that it was fitted to. Of the methods of fitting only the
 * log ratio of two samples is coded; every method is named in words. Source: PS3.17 EEEE.1.
 * Example: `adcQuantity([0, 500], "log-linear")`.
 */
export const adcQuantity = (bValues: readonly number[], model: string): MapQuantity => ({
  ...ADC_QUANTITY,
  definition: [
    { name: ["370129005", "SCT", "Measurement Method"], code: ["113250", "DCM", "Mono-exponential ADC model"] },
    ...(bValues.length === 2 && model !== "nonlinear"
      ? [
          {
            name: ["113241", "DCM", "Model fitting method"],
            code: ["113260", "DCM", "Log of ratio of two samples"],
          } as const,
        ]
      : []),
    ...bValues.map(
      (value) =>
        ({
          name: ["113240", "DCM", "Source image diffusion b-value"],
          value,
          unit: ["s/mm2", "UCUM", "s/mm2"],
        }) as const,
    ),
    {
      name: ["121050", "DCM", "Equivalent Meaning of Concept Name"],
      text: `ADC mono-exponential ${model}, b ${bValues.join(", ")} s/mm2`,
    },
  ],
});

const quantityItem = (item: QuantityItem): ElementList => {
  const name: ElementList[number] = [0x0040a043, "SQ", [codeItem(item.name)]];
  if ("code" in item) return [[0x0040a040, "CS", "CODE"], name, [0x0040a168, "SQ", [codeItem(item.code)]]];
  if ("text" in item) return [[0x0040a040, "CS", "TEXT"], name, [0x0040a160, "UT", item.text]];
  return [
    [0x004008ea, "SQ", [codeItem(item.unit)]],
    [0x0040a040, "CS", "NUMERIC"],
    name,
    [0x0040a30a, "DS", String(item.value)],
  ];
};

/** How a map is written. */
export interface MapOptions extends DerivedAttributes, MapQuantity {
  readonly stack?: string | number;
}

/**
 * Writes a volume of real values as a Parametric Map (32-bit floating point, so that nothing is rounded twice) with a
 * real-world value map of slope 1 that names unit and quantity. NaN stands where the map has no value. `readVolume`
 * gives the same numbers to single precision. Refuses a volume on another grid than the source series.
 * Standard: PS3.3 A.75, C.8.32.
 */
export function writeParametricMap(volume: Volume, series: SeriesEntry, options: MapOptions): Result<Uint8Array> {
  const stack = chooseStack(series, options.stack ?? 0);
  if (!stack.ok) return stack;
  const { grid } = volume;
  if (stack.value.grid === null || !sameGrid(stack.value.grid, grid)) {
    return refuse({
      code: "grid-mismatch",
      message: "The map does not lie on the series.",
      where: { series: series.uid },
    });
  }
  const values = Float32Array.from(volume.data);
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0)
    return refuse({ code: "empty-map", message: "The map holds no value.", where: { series: series.uid } });
  const dimensions = uidFromSeed(`${options.seed}/${series.uid}/dimensions`);
  const [columns, rows, slices] = grid.size;
  const imageType = ["DERIVED", "PRIMARY", "VOLUME", options.quantity[0] === ADC_QUANTITY.quantity[0] ? "ADC" : "NONE"];
  const mapping: ElementList = [
    [0x00283003, "LO", options.quantity[2]],
    [0x004008ea, "SQ", [codeItem(options.unit)]],
    [0x00409210, "SH", options.quantity[2].slice(0, 16)],
    [0x00409214, "FD", finite.reduce((a, b) => Math.max(a, b))],
    [0x00409213, "FD", finite.reduce((a, b) => Math.min(a, b))],
    [
      0x00409220,
      "SQ",
      [{ name: ["246205007", "SCT", "Quantity"] as const, code: options.quantity }, ...(options.definition ?? [])].map(
        quantityItem,
      ),
    ],
    [0x00409224, "FD", 0],
    [0x00409225, "FD", 1],
  ];
  return ok(
    encodeFile([
      ...derivedModules(series, options, PARAMETRIC_MAP, "MR"),
      [0x00080008, "CS", imageType],
      [0x00089205, "CS", "MONOCHROME"],
      [0x00082218, "SQ", [codeItem(["10200004", "SCT", "Liver"])]],
      [0x00189004, "CS", "RESEARCH"],
      [0x00400555, "SQ", []],
      referencedSeries(series),
      [0x00209221, "SQ", [[[0x00209164, "UI", dimensions]]]],
      [
        0x00209222,
        "SQ",
        [
          [
            [0x00209164, "UI", dimensions],
            [0x00209165, "AT", 0x00200032],
            [0x00209167, "AT", 0x00209113],
          ],
        ],
      ],
      [0x00280002, "US", 1],
      [0x00280004, "CS", "MONOCHROME2"],
      [0x00280008, "IS", slices],
      [0x00280010, "US", rows],
      [0x00280011, "US", columns],
      [0x00280100, "US", 32],
      [0x00280301, "CS", "NO"],
      [0x00280302, "CS", "NO"],
      [0x00282110, "CS", "00"],
      [0x00700080, "CS", "MAP"],
      [0x00700081, "LO", ""],
      [0x00700084, "PN", ""],
      [0x20500020, "CS", "IDENTITY"],
      [
        0x52009229,
        "SQ",
        [
          [
            ...sharedGeometry(grid),
            [
              0x00289132,
              "SQ",
              [
                [
                  [0x00281050, "DS", 0.001],
                  [0x00281051, "DS", 0.002],
                  [0x00281056, "CS", "LINEAR_EXACT"],
                ],
              ],
            ],
            [
              0x00289145,
              "SQ",
              [
                [
                  [0x00281052, "DS", 0],
                  [0x00281053, "DS", 1],
                  [0x00281054, "LO", "US"],
                ],
              ],
            ],
            [0x00409092, "SQ", [[[0x00089007, "CS", imageType]]]],
            [0x00409096, "SQ", [mapping]],
          ],
        ],
      ],
      [
        0x52009230,
        "SQ",
        Array.from(
          { length: slices },
          (_, k): ElementList => [
            derivationImage(stack.value.frames[k]!.instance, options.quantity),
            [0x00209111, "SQ", [[[0x00209157, "UL", [k + 1]]]]],
            planePosition(grid, k),
          ],
        ),
      ],
      [0x7fe00008, "OF", littleEndianBytes(values)],
    ]),
  );
}
