import type { StudyFacts } from "@livermark/analysis";
import { compareStrings } from "@livermark/core";

/** `survivalInterval` as `survival interval`. */
const spaced = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/-/g, " ")
    .toLowerCase();

/** The conventions in force as name and value, by name. */
export const conventionList = (study: StudyFacts): readonly (readonly [string, string])[] =>
  Object.entries(study.conventions)
    .sort(([a], [b]) => compareStrings(a, b))
    .map(([name, value]) => [spaced(name), value] as const);

/** The conventions in one line. */
export const conventionText = (study: StudyFacts): string =>
  conventionList(study)
    .map(([name, value]) => `${name}: ${value}`)
    .join("; ");

export const softwareText = (study: StudyFacts): string => `${study.software.name} ${study.software.version}`;
export const protocolText = (study: StudyFacts): string => `${study.protocol.id} ${study.protocol.version}`;
