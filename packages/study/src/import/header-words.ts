/** What a column of a clinical table is about, by the words of its header. */
export type HeaderMeaning =
  | "patient"
  | "sex"
  | "age"
  | "birth_date"
  | "date"
  | "treatment-date"
  | "death-date"
  | "contact-date"
  | "progression-date"
  | "test"
  | "value"
  | "unit"
  | "uln"
  | "lln"
  | "event"
  | "cause"
  | "procedure"
  | "kind"
  | "agent"
  | "dose_mg"
  | "bead_um"
  | "segment"
  | "time_point"
  | "reader"
  | "lesion"
  | "organ"
  | "longest_mm"
  | "short_mm"
  | "viable_mm"
  | "term"
  | "grade"
  | "private";

/** Header words by meaning, compared without case, spaces, dots and underscores. Order matters: the first match holds. */
const WORDS: readonly (readonly [HeaderMeaning, RegExp])[] = [
  ["private", /^(patient)?(name|surname|firstname|lastname|nachname|vorname|姓名|氏名)$/],
  ["private", /phone|telephone|telefon|mobile|address|adresse|e-?mail|insurance|idcard|身份证|电话|地址|住所|電話/],
  [
    "patient",
    /^(patient|patientid|patientno|patientnumber|patid|pid|id|subject|subjectid|case|caseno|caseid|record|recordid|mrn|hospitalno|hospitalnumber|no|nr|fall|fallnr|patientennummer|病案号|住院号|编号|患者id|患者番号|患者编号)$/,
  ],
  ["death-date", /(death|died|dod|todes|死亡).*(date|datum|day|日|time|时间)?$/],
  [
    "contact-date",
    /(lastfollowup|lastfu|lastcontact|lastvisit|lastseen|letzterkontakt|末次随访|最終確認|最終生存|随访日期)/,
  ],
  ["progression-date", /(progress|pd|recurr|进展|増悪).*(date|datum|日)|(date|datum)of(progress|pd|recurr)/],
  [
    "treatment-date",
    /(tace|tae|haic|treatment|therapy|procedure|operation|intervention|治疗|手术|治療).*(date|datum|日)|(date|datum)of(first)?(tace|tae|haic|treatment|therapy|procedure)/,
  ],
  ["birth_date", /^(dob|dateofbirth|birthdate|birthday|geburtsdatum|出生日期|生年月日)$/],
  ["sex", /^(sex|gender|geschlecht|性别|性別)$/],
  ["age", /^(age|ageyears|alter|年龄|年齢)(\(.*\))?$/],
  ["date", /(date|datum|日期|検査日|采样时间)/],
  ["test", /^(test|testname|analyte|parameter|labtest|untersuchung|检验项目|检查项目|項目|项目)$/],
  ["value", /^(value|result|wert|ergebnis|结果|値|结果值)$/],
  ["unit", /^(unit|units|einheit|单位|単位)$/],
  ["uln", /^(uln|upperlimit|upperlimitofnormal|refhigh|参考上限)$/],
  ["lln", /^(lln|lowerlimit|lowerlimitofnormal|reflow|参考下限)$/],
  ["term", /^(term|ae|aeterm|adverseevent|toxicity|不良事件)$/],
  ["grade", /^(grade|aegrade|ctcaegrade|分级)$/],
  ["event", /^(event|ereignis|outcome|事件)$/],
  ["cause", /^(cause|causeofdeath|todesursache|死因|死亡原因)$/],
  ["procedure", /^(procedure|procedureid|procedureno|sitzung)$/],
  ["kind", /^(kind|type|treatmenttype|proceduretype|art|治疗方式)$/],
  ["agent", /^(agent|drug|chemotherapy|medikament|药物|薬剤)$/],
  ["dose_mg", /^(dose|dosemg|dose\(mg\)|剂量)$/],
  ["bead_um", /^(bead|beadsize|beadum|particlesize|微球)$/],
  ["segment", /^(segment|segments|couinaud)$/],
  ["time_point", /^(timepoint|visit|zeitpunkt|随访点)$/],
  ["reader", /^(reader|radiologist|observer|befunder)$/],
  ["lesion", /^(lesion|lesionid|target|läsion|病灶)$/],
  ["organ", /^(organ|site|lokalisation|部位)$/],
  ["viable_mm", /(viable|enhancing).*(diameter|mm|size)/],
  ["short_mm", /short(axis|diameter|est)?/],
  ["longest_mm", /^(longest.*|diameter|size|size\(mm\)|durchmesser|长径|最大径|直径)$/],
];

const bare = (header: string): string =>
  header
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s._-]+/g, "");

/** What a header says, or null. Example: `headerMeaning("Date of Death")` is `death-date`. */
export function headerMeaning(header: string): HeaderMeaning | null {
  const text = bare(header);
  return WORDS.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}

/** Name and unit of a header such as `ALB (g/L)`, `TBil[umol/L]`, `PLT, 10^9/L`. */
export function nameAndUnit(header: string): { readonly name: string; readonly unit: string } {
  const match = /^(.+?)\s*(?:[([]\s*([^)\]]+?)\s*[)\]]|,\s*(\S+))$/.exec(header.normalize("NFKC").trim());
  return match === null
    ? { name: header.trim(), unit: "" }
    : { name: match[1]!.trim(), unit: (match[2] ?? match[3] ?? "").trim() };
}
