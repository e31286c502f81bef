import { unwrap } from "@livermark/core";
import { indexFolder, readVolume } from "@livermark/dicom";
import {
  type AdcModel,
  adc,
  axialDiameters,
  type DwiImage,
  ibsiFirstOrder,
  ibsiHistogram,
  type Mask,
  rasterise,
  regionStatistics,
  t2Sir,
} from "@livermark/imaging";
import { describeWithData, sharedPath, sharedText } from "testkit";
import { beforeAll, expect, it } from "vitest";
import { labelled, readNiftiByIndex, readNrrdByIndex, readSeries } from "./read.js";

describeWithData("3D-IRCADb-01 case 17", ["data/liver-ct-3dircadb01-17"], () => {
  const folder = ["data", "liver-ct-3dircadb01-17"] as const;
  const known: { [name: string]: { [field: string]: number } } = JSON.parse(
    sharedText(...folder, "measured_by_us.json"),
  );

  it("has the published volumes, HU and diameters to the printed digit", async () => {
    const ct = await readSeries(...folder, "PATIENT_DICOM.zip");
    for (const name of ["liver", "livertumor1", "livertumor2", "portalvein"]) {
      const mask = labelled(await readSeries(...folder, `MASK_${name}.zip`), name);
      const s = unwrap(regionStatistics(ct, { ...mask, grid: ct.grid }));
      const want = known[name]!;
      expect(s.voxels).toBe(want.voxels);
      expect(s.volumeMl.toFixed(3)).toBe(want.volume_ml!.toFixed(3));
      expect(s.mean.toFixed(3)).toBe(want.mean_HU!.toFixed(3));
      expect([s.sd!.toFixed(3), s.sdPopulation.toFixed(3)]).toContain(want.sd_HU!.toFixed(3));
      expect([s.median, s.p10, s.p90]).toEqual([want.median_HU, want.p10, want.p90]);
      if (want.longest_axial_mm !== undefined) {
        expect(s.longestAxialMm.toFixed(2)).toBe(want.longest_axial_mm.toFixed(2));
        expect(s.shortAxisMm.toFixed(2)).toBe(want.perpendicular_projection_extent_mm!.toFixed(2));
        expect(s.longestAxialSlice).toBe(want.slice_index);
      }
    }
  });
});

interface Vial {
  readonly roi: string;
  readonly centre_xyz: [number, number, number];
  readonly n_voxels: number;
  readonly mrbias_adc: number;
  readonly loglinear_voxelwise_mean: number;
  readonly loglinear_fit_of_roi_mean: number;
}

describeWithData("ice-water diffusion phantom", ["data/adc-phantom-qiba"], () => {
  const folder = ["data", "adc-phantom-qiba"] as const;
  const readRepeat = async (repeat: string) => {
    const expected: { series: { [b: string]: string }; vials: Vial[] } = JSON.parse(
      sharedText(...folder, `${repeat}.expected.json`),
    );
    const dwi: DwiImage[] = [];
    for (const [b, name] of Object.entries(expected.series)) {
      const { series } = unwrap(indexFolder(sharedPath(...folder, repeat, name)));
      dwi.push({ b: Number(b.slice(1)), volume: unwrap(await readVolume(series[0]!)) });
    }
    return { vials: expected.vials, dwi };
  };
  const measure = (dwi: readonly DwiImage[], vial: Vial, model: AdcModel = "log-linear") => {
    const disc = { kind: "disc", unit: "voxel", center: vial.centre_xyz, radiusMm: 8, name: vial.roi } as const;
    return unwrap(adc({ dwi, regions: [unwrap(rasterise(disc, dwi[0]!.volume.grid))] }, { model }));
  };
  const repeats: { [name: string]: Awaited<ReturnType<typeof readRepeat>> } = {};
  beforeAll(async () => {
    for (const repeat of ["rep1", "rep2"]) repeats[repeat] = await readRepeat(repeat);
  });

  it.each(["rep1", "rep2"])("%s: every vial within tolerance of the own fit and of MR-BIAS", (repeat) => {
    const { vials, dwi } = repeats[repeat]!;
    expect(vials).toHaveLength(13);
    for (const vial of vials) {
      const m = measure(dwi, vial);
      const found = m.value * 1e6;
      const within = (want: number, share: number, absolute: number): boolean =>
        Math.abs(found - want) <= Math.max(share * want, absolute);
      expect(m.parts).toMatchObject({ regions: [{ voxels: vial.n_voxels }] });
      expect(found).toBeCloseTo(vial.loglinear_voxelwise_mean, 2);
      expect(within(vial.loglinear_fit_of_roi_mean, 0.005, 4)).toBe(true);
      expect(within(vial.mrbias_adc, 0.02, 12)).toBe(true);
      expect(measure(dwi, vial, "nonlinear").value * 1e6).toBeCloseTo(found, -1.5);
    }
  });

  it("repeats within 2 %: the test–retest pair", () => {
    const { rep1, rep2 } = repeats;
    const pairs = rep1!.vials.map((vial, n) => [
      measure(rep1!.dwi, vial).value,
      measure(rep2!.dwi, rep2!.vials[n]!).value,
    ]);
    const within = Math.sqrt(pairs.reduce((sum, [a, b]) => sum + ((a! - b!) / (a! + b!)) ** 2 * 2, 0) / pairs.length);
    const repeatability = 100 * 1.96 * Math.SQRT2 * within;
    console.log(`ADC phantom: repeatability coefficient of ${pairs.length} vials ${repeatability.toFixed(2)} %`);
    expect(repeatability).toBeLessThan(3);
  });
});

describeWithData("CHAOS T2, case 1", ["data/liver-mr-chaos-t2"], () => {
  it("has the published organ signals and the liver-to-muscle ratio 2.1295", () => {
    const folder = ["data", "liver-mr-chaos-t2"] as const;
    const image = readNiftiByIndex(...folder, "image_1.nii.gz");
    const labels = readNiftiByIndex(...folder, "label_1.nii.gz");
    const onImage = { ...labels, grid: image.grid };
    const liver = labelled(onImage, "liver", 1);
    const s = unwrap(regionStatistics(image, liver));
    expect([s.voxels, s.volumeMl.toFixed(2), s.mean.toFixed(3), s.median]).toEqual([153742, "1849.71", "349.311", 342]);
    const muscle = [101, 152].map((i) =>
      unwrap(rasterise({ kind: "disc", unit: "voxel", center: [i, 79, 18], radiusMm: 6.25 }, image.grid)),
    );
    const m = unwrap(t2Sir({ volume: image, tumour: [liver], muscle }));
    expect(m.value.toFixed(4)).toBe("2.1295");
    expect(m.parts).toMatchObject({
      muscle: [
        { voxels: 81, mean: expect.closeTo(158.185, 3) },
        { voxels: 81, mean: expect.closeTo(169.877, 3) },
      ],
    });
  });
});

describeWithData("IBSI digital phantom", ["data/ibsi"], () => {
  const folder = ["data", "ibsi", "digital_phantom"] as const;
  /** Rounded to as many significant digits as the printed value has. */
  const printedAs = (found: number, printed: string): number => {
    const digits = printed.replace(/^-?0*\.?0*/, "").replace(".", "").length;
    return Number(found.toPrecision(Math.max(digits, 3)));
  };

  it("gives every first-order and histogram value to the printed digits", () => {
    const image = readNiftiByIndex(...folder, "phantom.nii.gz");
    const mask = labelled({ ...readNiftiByIndex(...folder, "mask.nii.gz"), grid: image.grid }, "roi");
    const found = {
      ...unwrap(ibsiFirstOrder(image, mask)),
      ...unwrap(ibsiHistogram(image, mask, { kind: "none" })),
    };
    const rows = sharedText(...folder, "reference_values.csv")
      .trim()
      .split("\n")
      .map((line) => line.trim().split(";"))
      .filter(([, , tag]) => tag?.startsWith("stat_") || tag?.startsWith("ih_"));
    expect(rows).toHaveLength(41);
    expect(Object.keys(found).sort()).toEqual(rows.map(([, , tag]) => tag).sort());
    for (const [printed, , tag] of rows)
      expect([tag, printedAs(found[tag!]!, printed!)]).toEqual([tag, Number(printed)]);
  });
});

describeWithData("pyradiomics baseline", ["data/pyradiomics-baseline"], () => {
  const folder = ["data", "pyradiomics-baseline"] as const;
  const column = (file: string, name: string): { [feature: string]: number } => {
    const [head, ...rows] = sharedText(...folder, file)
      .trim()
      .split("\n")
      .map((line) => line.trim().split(","));
    const at = head!.indexOf(name);
    return Object.fromEntries(rows.filter((r) => r[0]!.startsWith("original")).map((r) => [r[0]!, Number(r[at])]));
  };

  it.each(["brain1", "breast1"])("%s: its greatest in-slice diameter, explained to the digit", (name) => {
    const mask = labelled(readNrrdByIndex(...folder, `${name}_label.nrrd`), name, 1);
    const want = column("baseline_shape.csv", name).original_shape_Maximum2DDiameterSlice!;
    const centres = axialDiameters(mask)!.longestAxialMm;
    const halfWay = axialDiameters(mask, "sub-voxel-hull")!.longestAxialMm;
    const between = axialDiameters(changesToNextSlice(mask))!.longestAxialMm;
    // That program measures between mesh vertices of equal height. Within a slice these lie half a voxel outside the centres;
    // half way between two slices they are the voxels that only one of the two has, so that a shift from slice to slice
    // (brain1 has two pieces) counts as length. No slice of brain1 is that long.
    expect(halfWay - centres).toBeGreaterThan(0);
    expect(halfWay - centres).toBeLessThan(mask.grid.spacingMm[0] * Math.SQRT2);
    expect(Math.max(halfWay, between)).toBeCloseTo(want, 6);
    if (name === "breast1") expect(want - centres).toBeLessThan(mask.grid.spacingMm[0]);
  });

  it.each(["brain1", "breast1"])("%s: first-order values agree", (name) => {
    const image = readNrrdByIndex(...folder, `${name}_image.nrrd`);
    const mask = labelled({ ...readNrrdByIndex(...folder, `${name}_label.nrrd`), grid: image.grid }, name, 1);
    const ours = unwrap(ibsiFirstOrder(image, mask));
    const theirs = column("baseline_firstorder.csv", name);
    const same: [string, string][] = [
      ["stat_mean", "Mean"],
      ["stat_var", "Variance"],
      ["stat_skew", "Skewness"],
      ["stat_median", "Median"],
      ["stat_p10", "10Percentile"],
      ["stat_p90", "90Percentile"],
      ["stat_iqr", "InterquartileRange"],
      ["stat_mad", "MeanAbsoluteDeviation"],
      ["stat_rmad", "RobustMeanAbsoluteDeviation"],
    ];
    for (const [tag, feature] of same)
      expect([tag, ours[tag]!]).toEqual([tag, expect.closeTo(theirs[`original_firstorder_${feature}`]!, 6)]);
    // Its kurtosis is not the excess.
    expect(ours.stat_kurt! + 3).toBeCloseTo(theirs.original_firstorder_Kurtosis!, 6);
  });
});

/** For each slice the voxels that differ from the slice above. */
function changesToNextSlice(mask: Mask): Mask {
  const area = mask.grid.size[0] * mask.grid.size[1];
  const data = mask.data.map((inside, v) => (v + area < mask.data.length && inside !== mask.data[v + area] ? 1 : 0));
  return { ...mask, data };
}
