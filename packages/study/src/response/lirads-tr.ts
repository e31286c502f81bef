import { ok, type Result, refuse } from "@livermark/core";

/** LI-RADS treatment-response categories of a treated lesion. */
export type LiradsTr =
  | "LR-TR nonevaluable"
  | "LR-TR nonviable"
  | "LR-TR nonprogressing"
  | "LR-TR equivocal"
  | "LR-TR viable";

/** What a reader records of one treated lesion. */
export interface TreatedLesion {
  readonly therapy: "radiation" | "non-radiation" | null;
  /** Days since the therapy; null when unknown. */
  readonly daysSinceTherapy: number | null;
  /** Images are complete and good enough. */
  readonly evaluable: boolean;
  /** Masslike enhancement of any degree: yes, no, or not sure. */
  readonly masslikeEnhancement: "yes" | "no" | "unsure";
  /** Size of the enhancing mass against the last examination. */
  readonly sizeChange: "larger" | "stable" | "smaller" | "unknown";
}

/**
 * LI-RADS treatment response in outline (CT/MRI algorithms of 2024, radiation and non-radiation): nonevaluable images
 * first; no masslike enhancement is nonviable. After non-radiation therapy masslike enhancement is viable. After
 * radiation it may last for months without viable tumour: nonprogressing while stable or smaller, viable when larger.
 * Refuses a lesion without the kind and the date of its therapy. The full algorithms look at more features: a reader's
 * own category always holds over this one. Source: ACR LI-RADS treatment response, 2024.
 */
export function liradsTreatmentResponse(lesion: TreatedLesion): Result<LiradsTr> {
  if (lesion.therapy === null || lesion.daysSinceTherapy === null)
    return refuse({
      code: "therapy-unknown",
      message: "A treatment-response category needs the kind and the date of the therapy.",
      got: `${lesion.therapy ?? "no kind"}, ${lesion.daysSinceTherapy ?? "no date"}`,
      wanted: "radiation or non-radiation, and days since therapy",
      mend: "Record the procedure of this lesion.",
    });
  if (!lesion.evaluable) return ok("LR-TR nonevaluable");
  if (lesion.masslikeEnhancement === "no") return ok("LR-TR nonviable");
  if (lesion.masslikeEnhancement === "unsure") return ok("LR-TR equivocal");
  if (lesion.therapy === "non-radiation") return ok("LR-TR viable");
  if (lesion.sizeChange === "larger") return ok("LR-TR viable");
  return ok(lesion.sizeChange === "unknown" ? "LR-TR equivocal" : "LR-TR nonprogressing");
}
