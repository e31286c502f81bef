import { unwrap } from "@livermark/core";
import { describe, expect, it } from "vitest";
import { liradsTreatmentResponse } from "../src/index.js";
import { minimalProtocol, run } from "./helpers.js";

describe("sizes that are hard to compare", () => {
  const codes = (roles: readonly [string, string], agent: string, profile = "mrecist"): readonly string[] =>
    run({
      protocol: minimalProtocol(),
      study: `overrides: { response: { profile: ${profile} } }`,
      tables: {
        "patients.csv": "patient\nP1\n",
        "procedures.csv": `patient,procedure,day,kind,agent\nP1,a,0,TACE,${agent}\n`,
        "images.csv": `path,patient,time_point,role\na,P1,baseline,${roles[0]}\nb,P1,follow-up-1,${roles[1]}\n`,
        "lesions.csv": "patient,time_point,day,lesion,role,longest_mm,viable_mm\nP1,baseline,-5,T1,target,30,30\n",
      },
    }).codes;

  it("CT at one time point and MR at another", () => {
    expect(codes(["ct", "t1"], "epirubicin")).toContain("ct-and-mr");
    expect(codes(["t1", "dwi"], "epirubicin")).not.toContain("ct-and-mr");
  });

  it("viable diameters on CT after iodised oil", () => {
    expect(codes(["ct", "ct"], "Lipiodol emulsion")).toContain("iodised-oil-on-ct");
    expect(codes(["t1", "t1"], "Lipiodol emulsion")).not.toContain("iodised-oil-on-ct");
    expect(codes(["ct", "ct"], "Lipiodol emulsion", "recist-1.1")).not.toContain("iodised-oil-on-ct");
  });
});

describe("LI-RADS treatment response", () => {
  const lesion = {
    therapy: "non-radiation",
    daysSinceTherapy: 60,
    evaluable: true,
    masslikeEnhancement: "yes",
    sizeChange: "stable",
  } as const;

  it.each([
    [lesion, "LR-TR viable"],
    [{ ...lesion, therapy: "radiation" }, "LR-TR nonprogressing"],
    [{ ...lesion, therapy: "radiation", sizeChange: "larger" }, "LR-TR viable"],
    [{ ...lesion, therapy: "radiation", sizeChange: "unknown" }, "LR-TR equivocal"],
    [{ ...lesion, masslikeEnhancement: "no" }, "LR-TR nonviable"],
    [{ ...lesion, masslikeEnhancement: "unsure" }, "LR-TR equivocal"],
    [{ ...lesion, evaluable: false }, "LR-TR nonevaluable"],
  ] as const)("%j is %s", (input, wanted) => {
    expect(unwrap(liradsTreatmentResponse(input))).toBe(wanted);
  });

  it("needs the kind and the date of the therapy", () => {
    expect(liradsTreatmentResponse({ ...lesion, therapy: null }).ok).toBe(false);
    expect(liradsTreatmentResponse({ ...lesion, daysSinceTherapy: null }).ok).toBe(false);
  });
});
