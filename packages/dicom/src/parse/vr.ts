const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));

/** Representations whose length is written in four bytes in explicit VR (PS3.5 7.1.2). */
export const LONG_VR = words("OB OD OF OL OV OW SQ SV UC UN UR UT UV");

/** Representations whose length is written in two bytes. */
export const SHORT_VR = words("AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US");

/** Representations whose values are characters. */
export const TEXT_VR = words("AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT");
