import type { IntensityScale } from "@livermark/imaging";
import type { SeriesEntry } from "./index-folder.js";
import type { ValueScale } from "./values.js";

/**
 * Which receive scale the volumes of a series share, and whether the header proves it. CT and quantitative maps are
 * absolute. Philips floating values of one study are comparable; so are series of one study with equal GE receive gains
 * and prescan results; and the volumes of one series always are. Anything else is unproven, equal Siemens coil scale
 * factors included, which are named for the person who decides: a signal ratio across such series needs that word.
 */
export function intensityScale(series: SeriesEntry, values: ValueScale): IntensityScale {
  const first = series.instances[0]!;
  const filters = [...new Set(series.instances.flatMap((instance) => instance.receive.filters))].sort();
  const scale = (id: string, proven: boolean, reason: string): IntensityScale => ({ id, proven, reason, filters });
  if (values.kind === "hu") return scale("HU", true, "CT values are Hounsfield units");
  if (values.kind === "adc") return scale("mm2/s", true, "an ADC map is a physical quantity");
  if (values.kind === "philips-floating") {
    return scale(`philips-floating:${series.studyUid}`, true, "Philips private scale slope undone within one study");
  }
  const gains = new Set(series.instances.map((instance) => instance.receive.gain?.text ?? ""));
  const gain = gains.size === 1 ? first.receive.gain : null;
  if (gain?.vendor === "GE") {
    return scale(`ge-gain:${series.studyUid}:${gain.text}`, true, `GE receive chain: ${gain.text}`);
  }
  if (series.stacks.length > 1) {
    return scale(`series:${series.uid}`, true, "volumes of one series are received on one scale");
  }
  if (gain?.vendor === "Siemens") {
    return scale(
      `siemens-gain:${series.studyUid}:${gain.text}`,
      false,
      `Siemens states ${gain.text}; that equal factors mean one scale was not tested on a real pair of series`,
    );
  }
  return scale(
    `series:${series.uid}`,
    false,
    "nothing in the header proves that another series was received on the same scale",
  );
}
