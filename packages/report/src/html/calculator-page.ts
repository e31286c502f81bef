import { canonicalJson, sha256Hex } from "@livermark/core";
import { toBase64 } from "../figures/png.js";
import { escapeXml, scriptJson } from "../markup.js";
import { capital } from "../typeset.js";
import type { CalculatorInput, CalculatorModel } from "./calculator.js";
import { pageStyle } from "./html-style.js";

/** The arithmetic of `predictWith`, in the page. */
const script = `"use strict";
(function () {
  var model = JSON.parse(document.getElementById("model").textContent);
  var form = document.getElementById("inputs");
  var risk = document.getElementById("risk");
  var detail = document.getElementById("detail");
  var curve = document.getElementById("curve");
  function logistic(x) { return 1 / (1 + Math.exp(-x)); }
  function percent(x) { return (100 * x).toFixed(1) + "%"; }
  function minus(text) { return text.replace(/-/g, "\\u2212"); }
  function rounded(x) { return String(Number(x.toFixed(1))); }
  function at(survival, t) {
    var value = 1;
    for (var i = 0; i < survival.length && model.baseline.time[i] <= t; i++) value = survival[i];
    return value;
  }
  function horizons(time) {
    var last = time[time.length - 1], round = [12, 24, 36, 60, 120].filter(function (t) { return t <= last; });
    return round.length && /^months/.test(model.baseline.timeLabel) ? round : [last];
  }
  function draw(survival) {
    var time = model.baseline.time, last = time[time.length - 1], d = "M40 10";
    for (var i = 0; i < time.length; i++) d += "H" + (40 + 380 * time[i] / last).toFixed(1) + "V" + (170 - 160 * survival[i]).toFixed(1);
    curve.querySelector("path.line").setAttribute("d", d);
  }
  function compute() {
    var row = model.kind === "logistic" ? [[1, model.intercept === null ? 0 : model.intercept]] : [];
    var complete = true, outside = [];
    model.inputs.forEach(function (input) {
      var field = form.elements[input.key], hint = document.getElementById("hint-" + input.key);
      if (input.kind === "number") {
        var value = field.value.trim() === "" ? NaN : Number(field.value.replace(",", "."));
        var bad = !isFinite(value);
        if (bad) complete = false; else row.push([value * (input.toModelUnit === undefined ? 1 : input.toModelUnit), input.coefficient]);
        var out = !bad && ((input.low !== null && value < input.low) || (input.high !== null && value > input.high));
        field.setAttribute("aria-invalid", bad && field.value.trim() !== "" ? "true" : "false");
        hint.classList.toggle("caution", out);
        if (out) outside.push(input.label);
      } else {
        if (field.value === "") { complete = false; return; }
        input.levels.forEach(function (level) { if (level.coefficient !== 0) row.push([field.value === level.label ? 1 : 0, level.coefficient]); });
      }
    });
    if (!complete) {
      risk.textContent = "\\u2014";
      detail.textContent = "Fill in every field.";
      if (curve) curve.hidden = true;
      return;
    }
    var lp = row.reduce(function (sum, one) { return sum + one[0] * one[1]; }, 0);
    var words = ["Linear predictor " + minus(lp.toFixed(4)) + "."];
    if (model.kind === "cox") {
      if (model.baseline) {
        var survival = model.baseline.survival.map(function (s) { return Math.pow(s, Math.exp(lp)); });
        var asked = horizons(model.baseline.time), last = asked[asked.length - 1];
        risk.textContent = percent(at(survival, last));
        words.unshift("Survival at " + asked.map(function (t) { return rounded(t) + ": " + percent(at(survival, t)); }).join(", ") + " (" + model.baseline.timeLabel + ").");
        curve.hidden = false;
        draw(survival);
      } else {
        risk.textContent = Math.exp(lp).toFixed(2);
        words.unshift("Hazard relative to a patient whose linear predictor is 0; the baseline is not known.");
      }
    } else if (model.intercept === null) {
      risk.textContent = "no probability";
      words.unshift("The intercept is not published, so the model cannot give a probability.");
    } else {
      risk.textContent = percent(logistic(lp));
      if (model.covariance && model.covariance.length === row.length) {
        var variance = 0;
        row.forEach(function (a, i) { row.forEach(function (b, j) { variance += a[0] * b[0] * model.covariance[i][j]; }); });
        if (variance >= 0) {
          var half = 1.959963984540054 * Math.sqrt(variance);
          words.unshift("95% CI " + percent(logistic(lp - half)) + " to " + percent(logistic(lp + half)) + ".");
        }
      }
    }
    if (outside.length) words.push("Outside the data the model was made from: " + outside.join(", ") + ".");
    detail.textContent = words.join(" ");
  }
  form.addEventListener("input", compute);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  compute();
})();
`;

function field(input: CalculatorInput): string {
  const id = escapeXml(input.key);
  if (input.kind === "category") {
    const options = input.levels.map((level) => `<option>${escapeXml(level.label)}</option>`).join("");
    return `<div class="field"><label for="${id}">${escapeXml(input.label)}</label><select id="${id}" name="${id}"><option value="">choose</option>${options}</select></div>`;
  }
  const range =
    input.low === null || input.high === null
      ? "range of the data not known"
      : `${input.low} to ${input.high} in the data`.replace(/-/g, "\u2212");
  const unit = input.unit === "" || input.unit === "1" ? "" : ` <span class="quiet">(${escapeXml(input.unit)})</span>`;
  return `<div class="field"><label for="${id}">${escapeXml(input.label)}${unit}</label><input id="${id}" name="${id}" inputmode="decimal" autocomplete="off" aria-describedby="hint-${id}"><span class="hint" id="hint-${id}">${range}</span></div>`;
}

const style = (): string => `${pageStyle()}
.page{max-width:44rem;margin:0 auto;padding:2.5rem 1.5rem}
.field{display:grid;grid-template-columns:minmax(0,1fr) 9rem;gap:.1rem 1rem;align-items:center;padding:.55rem 0;border-bottom:1px solid var(--rule)}
.field .hint{grid-column:2;font-size:.8rem;color:var(--muted)}
.hint.caution{color:var(--caution);font-weight:600}
input,select{font:inherit;width:100%;padding:.35rem .5rem;color:var(--ink);background:var(--paper);border:1px solid var(--muted);border-radius:4px}
input[aria-invalid=true]{border-color:var(--serious)}
.answer{margin:1.6rem 0;padding:1.2rem 1.4rem;background:var(--wash);border-radius:6px}
.answer p{margin:0}
#risk{font-size:2.4rem;font-weight:600;line-height:1.2}
.caution-list li{margin:.3rem 0}
svg{max-width:100%;height:auto}
@media print{.page{padding:0}}
`;

const chart = (model: CalculatorModel): string =>
  model.baseline === null
    ? ""
    : `<svg id="curve" viewBox="0 0 430 200" width="430" role="img" aria-label="Predicted survival over time" font-size="11" font-family="'Source Sans 3',sans-serif" hidden><path d="M40 10V170H420" fill="none" stroke="var(--ink)"/><g fill="var(--ink)"><text x="34" y="14" text-anchor="end">100%</text><text x="34" y="94" text-anchor="end">50%</text><text x="34" y="174" text-anchor="end">0%</text><text x="40" y="185" text-anchor="middle">0</text><text x="420" y="185" text-anchor="end">${Number((model.baseline.time.at(-1) ?? 0).toFixed(1))}</text><text x="230" y="197" text-anchor="middle">${escapeXml(model.baseline.timeLabel)}</text></g><path class="line" d="" fill="none" stroke="var(--s1)" stroke-width="2"/></svg>`;

/**
 * A model as one HTML page that needs no network: inputs with units and the range of the data, the risk with its interval
 * or the survival curve, the nomogram (an SVG) where it is given, validation, and every caution. A missing value gives no answer; a value outside the data is named.
 */
export function calculatorPage(model: CalculatorModel, nomogram = ""): string {
  const hash = toBase64(Uint8Array.from(sha256Hex(script).match(/../g)!, (pair) => Number.parseInt(pair, 16)));
  const cautions =
    model.cautions.length === 0
      ? ""
      : `<h2>Cautions</h2><ul class="caution-list">${model.cautions.map((one) => `<li>${escapeXml(one)}</li>`).join("")}</ul>`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; font-src data:; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(model.title)}</title>
<style>
${style()}</style>
</head>
<body>
<main class="page">
<h1>${escapeXml(model.title)}</h1>
<p class="quiet">${escapeXml(model.source)}</p>
<p><b>For research use. Not a medical device</b>; not for decisions about a patient.</p>
<form id="inputs">
${model.inputs.map(field).join("\n")}
</form>
<section class="answer" aria-live="polite" aria-label="Prediction"><p class="quiet">${escapeXml(capital(model.outcome))}</p><p id="risk">—</p><p id="detail"></p></section>
${chart(model)}
${nomogram === "" ? "" : `<h2>Nomogram</h2>\n${nomogram}`}
<h2>Validation</h2>
<p>${escapeXml(capital(model.validation))}${model.validation.endsWith(".") ? "" : "."}</p>
${cautions}
</main>
<script type="application/json" id="model">${scriptJson(canonicalJson(model))}</script>
<script>${script}</script>
</body>
</html>
`;
}
