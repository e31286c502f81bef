export { canonicalJson, compareStrings, type Json, readableJson } from "./canonical-json.js";
export {
  describeIssue,
  errorIssue,
  type Issue,
  type IssueDraft,
  type IssueWhere,
  locate,
  warningIssue,
} from "./issue.js";
export { type Passport, type ProvenanceInput, passport } from "./provenance.js";
export { DAYS_PER_MONTH, type Quantity, quantity, type Unit } from "./quantity.js";
export { type Random, random } from "./random.js";
export {
  all,
  andThen,
  mapResult,
  type Ok,
  ok,
  type Refused,
  type Result,
  refuse,
  refuseWith,
  unwrap,
} from "./result.js";
export { type Sha256, sha256, sha256Hex } from "./sha256.js";
export { counted, inSentence, ratioDecimals, shownUnit } from "./wording.js";
