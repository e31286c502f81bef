import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unwrap } from "@livermark/core";
import { assembleDwi, indexFolder } from "@livermark/dicom";
import { adc, rasterise } from "@livermark/imaging";
import { dwiMrPhantom, dwiPatientFiles } from "@livermark/phantom";
import { temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";

describe("diffusion phantoms in the words of three vendors", () => {
  const folder = temporaryFolder("dwi");
  const phantom = unwrap(
    dwiMrPhantom({
      seed: 5,
      patient: "P1",
      date: "2024-01-10",
      size: [64, 56, 16],
      spacingMm: [5, 5, 8],
      bValues: [50, 400, 800],
      tumour: { d: 1.1e-3, f: 0, dStar: 0.03 },
      noiseSd: 4,
    }),
  );

  /** ADC of the tumour after writing, reading, sorting out b-values and fitting. */
  async function measured(style: "siemens" | "ge" | "philips", series: "together" | "per-image") {
    const root = join(folder, `${style}-${series}`);
    for (const { path, bytes } of dwiPatientFiles(phantom, style, series)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), bytes);
    }
    const set = unwrap(await assembleDwi(unwrap(indexFolder(root)).series));
    const dwi = set.bValues.map((b, n) => ({ b, volume: set.volumes[n]! }));
    const region = unwrap(rasterise(phantom.region, dwi[0]!.volume.grid));
    return unwrap(adc({ dwi, regions: [region] }));
  }

  it("give the same ADC to the last bit, which is the truth's within its noise", async () => {
    const values = new Set<number>();
    for (const style of ["siemens", "ge", "philips"] as const)
      for (const series of ["together", "per-image"] as const) {
        const m = await measured(style, series);
        values.add(m.value);
        expect(m.passport.parameters).toMatchObject({ b: [50, 400, 800] });
        expect(m.interval!.low).toBeLessThan(phantom.truth.adcLogLinear);
        expect(m.interval!.high).toBeGreaterThan(phantom.truth.adcLogLinear);
      }
    expect([...values]).toHaveLength(1);
  });
});
