import { errorIssue, type Issue, type Result, warningIssue } from "@livermark/core";
import { scalePlausibility } from "@livermark/dicom";
import type { Mask, Volume } from "@livermark/imaging";
import type { BiomarkerRule, Protocol } from "@livermark/study";
import { reasonOf } from "./image-decisions.js";
import type { LinkedSeries } from "./link-images.js";

function meanInside(volume: Volume, masks: readonly Mask[]): number | null {
  let n = 0;
  let sum = 0;
  for (const { data } of masks)
    for (let v = 0; v < data.length; v++)
      if (data[v] !== 0) {
        n++;
        sum += volume.data[v]!;
      }
  return n === 0 ? null : sum / n;
}

/**
 * Whether muscle, which takes up little contrast, says that two MR phases were received on one scale; a warning where it
 * says the opposite. Null where muscle was not drawn, where a region does not fit, and for CT, whose scale is absolute.
 */
export async function muscleCheck(
  pre: Result<Volume>,
  later: Result<Volume>,
  masksOn: (volume: Volume) => Promise<Result<readonly Mask[]>>,
  patient: string,
): Promise<Issue | null> {
  if (!pre.ok || !later.ok || pre.value.unit === "HU") return null;
  const [before, after] = [await masksOn(pre.value), await masksOn(later.value)];
  if (!before.ok || !after.ok) return null;
  const means = [meanInside(pre.value, before.value), meanInside(later.value, after.value)] as const;
  if (means[0] === null || means[1] === null) return null;
  return scalePlausibility(means[0], means[1], { patient, series: later.value.source.seriesUid });
}

/** A biomarker at one time point, with the parts of it that a later one must share. */
export interface Placed {
  readonly patient: string;
  readonly timePoint: string;
  readonly treatment: number | null;
  readonly reader: string | null;
  readonly biomarker: string;
}

const filtersOf = (series: LinkedSeries): string =>
  [...new Set(series.series.instances.flatMap((instance) => instance.receive.filters))].sort().join(", ") ||
  "no filter";

/** The series of one image of the protocol at one time point. */
function seriesOf(
  protocol: Protocol,
  linked: readonly LinkedSeries[],
  marker: BiomarkerRule,
  at: Placed,
): LinkedSeries | undefined {
  const wanted = protocol.images.find(({ id }) => id === Object.values(marker.images)[0]);
  return linked.find(
    (one) =>
      one.patient === at.patient &&
      one.timePoint === at.timePoint &&
      one.treatment === at.treatment &&
      one.role === wanted?.role &&
      (wanted.phase === undefined || one.phase === wanted.phase),
  );
}

/**
 * Later T2 ratios whose image went through other intensity filters than that of the first time point (Siemens NORM, GE
 * PURE or SCIC, Philips CLEAR): a filter brightens tumour and muscle by different amounts, so the two ratios cannot be
 * compared. The later one is refused; a person may vouch for it (`scale: REASON` in images.csv), which is printed.
 */
export function otherFilters<T extends Placed>(
  protocol: Protocol,
  linked: readonly LinkedSeries[],
  measurements: readonly T[],
): { readonly kept: readonly T[]; readonly issues: readonly Issue[] } {
  const order = protocol.time_points.map(({ id }) => id);
  const first = new Map<string, { readonly at: T; readonly filters: string }>();
  const issues: Issue[] = [];
  const refused = new Set<T>();
  const inTime = [...measurements].sort((a, b) => order.indexOf(a.timePoint) - order.indexOf(b.timePoint));
  for (const one of inTime) {
    const marker = protocol.biomarkers.find(({ id }) => id === one.biomarker);
    if (marker?.recipe !== "t2-sir") continue;
    const series = seriesOf(protocol, linked, marker, one);
    if (series === undefined) continue;
    const key = [one.patient, one.treatment, one.reader, one.biomarker].join("\u0000");
    const filters = filtersOf(series);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, { at: one, filters });
      continue;
    }
    if (earlier.filters === filters) continue;
    const vouched = series.overrules.find(({ fact }) => fact === "scale");
    const draft = {
      code: "filters-differ",
      message: `${marker.label} at ${one.timePoint} cannot be compared with ${earlier.at.timePoint}: the images went through different intensity filters.`,
      got: filters,
      wanted: earlier.filters,
      where: { patient: one.patient, series: series.series.uid },
    };
    if (vouched === undefined) {
      refused.add(one);
      issues.push(
        errorIssue({
          ...draft,
          mend: "Where you know that the ratio is not affected, say so in images.csv (note `scale: REASON`).",
        }),
      );
    } else
      issues.push(
        warningIssue({
          ...draft,
          message: `${draft.message} Accepted by override: ${reasonOf(vouched.why, vouched.by)}`,
        }),
      );
  }
  return { kept: measurements.filter((one) => !refused.has(one)), issues };
}
