import { themeVariables } from "../figures/theme.js";
import { webFontRegular, webFontSemibold } from "../generated/web-fonts.js";

const face = (weight: number, base64: string): string =>
  `@font-face{font-family:"Source Sans 3";font-weight:${weight};font-display:block;src:url(data:font/woff;base64,${base64}) format("woff")}`;

/** Colours of the page, and of figures in the `auto` theme, for light and dark screens; paper is always light. */
const schemes = `:root{color-scheme:light dark;${themeVariables("light")};--link:#0B5C8A;--mark:#E3EEF6;--caution:#8A4B00;--serious:#A3232B}
@media screen and (prefers-color-scheme:dark){:root{${themeVariables("dark")};--link:#7CC0EC;--mark:#22364A;--caution:#E9B463;--serious:#FF9A97}}`;

/** The faces and the rules shared by every self-contained page. */
export const pageStyle = (): string => `${face(400, webFontRegular)}
${face(600, webFontSemibold)}
${schemes}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:400 17px/1.5 "Source Sans 3",system-ui,sans-serif}
a{color:var(--link);text-underline-offset:.15em}
h1{font-size:2rem;line-height:1.15;font-weight:600;letter-spacing:-.01em;margin:0 0 .4rem;text-wrap:balance}
h2{font-size:1.3rem;line-height:1.25;font-weight:600;margin:3rem 0 .8rem}
p{margin:0 0 .8rem;max-width:42em}
b,th{font-weight:600}
code,.hash{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.85em;overflow-wrap:anywhere}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.quiet{color:var(--muted)}
`;

/** Layout of the report: a column of text with contents beside it, tables with three rules, figures at print size. */
export const reportStyle = (): string => `${pageStyle()}
.page{max-width:60rem;margin:0 auto;padding:3rem 1.5rem 5rem}
.over{font-weight:600;color:var(--muted);margin:0 0 .5rem}
.lede{font-size:1.1rem;color:var(--muted);margin:0 0 1.4rem}
dl.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.2rem 1.4rem;margin:0;padding:.9rem 0;border-top:1px solid var(--rule);border-bottom:1px solid var(--rule);font-size:.95rem}
.facts dt{color:var(--muted)}
.facts dd{margin:0;overflow-wrap:anywhere}
#hint{font-size:.95rem;margin-top:.4rem}
.use{margin:.9rem 0 0;font-size:.95rem}
nav{margin:1.6rem 0 0;font-size:.95rem;line-height:1.75}
nav a{white-space:nowrap;margin-right:1.2em;text-decoration:none}
nav a:hover{text-decoration:underline}
nav details{margin-top:.8rem}
nav summary{cursor:pointer;color:var(--link)}
nav ul{list-style:none;margin:.3rem 0 .8rem;padding:0}
nav .all{columns:26rem 2;column-gap:2rem;font-size:.92rem}
nav .all ul{padding-left:1rem}
nav li li{margin:0 0 .15rem;break-inside:avoid}
nav li a{margin-right:.3em}
.design{margin:1.6rem 0 2.4rem}
.design h3{font-size:1rem;font-weight:600;margin:0 0 .6rem}
.table{margin:1.6rem 0 2.4rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;min-width:min(100%,38rem);font-size:.94rem;line-height:1.35;font-variant-numeric:tabular-nums lining-nums}
caption{text-align:left;padding:0 0 .5rem;font-size:1rem}
thead tr:first-child>*{border-top:1.5px solid var(--ink)}
thead tr:last-child>*{border-bottom:.75px solid var(--ink)}
tbody tr:last-child>*{border-bottom:1.5px solid var(--ink)}
thead th{vertical-align:bottom;text-align:center;padding:.4rem .7rem}
thead th button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer}
thead th button::after{content:"";display:inline-block;width:0}
thead th[aria-sort=ascending] button::after{content:"\\2191";width:auto;margin-left:.3em}
thead th[aria-sort=descending] button::after{content:"\\2193";width:auto;margin-left:.3em}
.spans th span{display:block;border-bottom:.75px solid var(--rule);padding-bottom:.2rem}
.spans th,.spans td{padding-bottom:0}
tbody th{text-align:left;font-weight:400;padding:.22rem 1.2rem .22rem 0;min-width:11em}
tbody td{text-align:center;padding:.22rem .7rem;white-space:nowrap}
tbody td.words{white-space:normal;text-align:left;min-width:14em}
.tight{font-size:var(--screen)}
.tight thead th,.tight tbody td{padding-left:3.5pt;padding-right:3.5pt}
.tight tbody th{min-width:0;padding-right:5pt}
.tight tbody td.words{min-width:0}
.level th,.tight .level th{padding-left:1.2em}
td[data-id]{cursor:pointer}
td[data-id]:hover,tbody tr:hover>*{background:var(--wash)}
td[data-id]:hover,text[data-id]:hover{text-decoration:underline;text-decoration-color:var(--link);text-underline-offset:.2em}
td[data-id]:focus-visible{outline-offset:-2px}
td.open,text.open{background:var(--mark)}
text[data-id]{cursor:pointer}
.notes{margin-top:.5rem;max-width:52rem;font-size:.86rem;line-height:1.4;color:var(--muted)}
.notes p{margin:0;max-width:none}
figure{margin:1.2rem 0 2.4rem;min-width:0}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(24rem,100%),1fr));gap:0 2.5rem;align-items:start}
.figures .wide{grid-column:1/-1}
figure svg{display:block;width:100%;max-width:56rem;height:auto}
figure .draw{display:block;overflow-x:auto}
figcaption{margin-top:.6rem;max-width:46em;font-size:.95rem}
ul.plain{list-style:none;margin:0;padding:0}
ul.plain>li{margin:0 0 1rem;padding-left:1rem;border-left:3px solid var(--rule);max-width:44em}
ul.plain>li.caution,ul.plain>li.warning{border-left-color:var(--caution)}
ul.plain>li.serious,ul.plain>li.error{border-left-color:var(--serious)}
ul.plain p{margin:0}
footer{margin-top:4rem;padding-top:1rem;border-top:1px solid var(--rule);font-size:.9rem;color:var(--muted)}
dialog{color:var(--ink);background:var(--paper);border:1px solid var(--rule);border-radius:8px;padding:0;box-shadow:0 10px 40px rgb(0 0 0/.22)}
#passport{position:fixed;inset:auto 1rem 1rem auto;margin:0;width:min(30rem,calc(100vw - 2rem));max-height:70vh;overflow:auto;font-size:.92rem}
#zoom{width:min(92vw,150vh);max-height:94vh}
#zoom::backdrop{background:rgb(0 0 0/.5)}
#zoom .bar{text-align:right;padding:.5rem .8rem 0}
#zoom svg{display:block;width:100%;height:auto;max-height:82vh;padding:0 1rem 1rem}
#passport .bar{position:sticky;top:0;background:var(--paper);display:flex;align-items:baseline;gap:1rem;padding:.8rem 1rem .5rem;border-bottom:1px solid var(--rule)}
#passport.top{inset:1rem 1rem auto auto}
#passport li{overflow-wrap:anywhere}
#passport h2{font-size:1rem;margin:0;flex:1}
#passport .body{padding:.7rem 1rem 1rem}
#passport ul{margin:.2rem 0 .2rem;padding-left:1.1rem}
#passport dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.1rem .9rem;margin:.3rem 0 .7rem}
#passport dt{color:var(--muted)}
#passport dd{margin:0;overflow-wrap:anywhere}
#passport summary{cursor:pointer;color:var(--link);overflow-wrap:anywhere}
.close{font:inherit;color:var(--link);background:none;border:0;padding:.1rem .3rem;cursor:pointer}
@media (max-width:40rem){.page{padding:1.5rem 1rem 3rem}dl.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:.4rem}h1{font-size:1.6rem}}
@page{size:A4;margin:18mm 16mm 20mm}
@media print{
body{font-size:9.5pt;line-height:1.4}
.page{max-width:none;padding:0}
nav,dialog,.screen{display:none!important}
h1{font-size:18pt}h2{font-size:12.5pt;margin:1.6em 0 .5em;break-after:avoid}h3{break-after:avoid}
table{font-size:8.5pt}
.tight{font-size:var(--paper)}
.tight thead th,.tight tbody td{padding-left:2.5pt;padding-right:2.5pt}
caption{font-size:9pt}
.notes{font-size:7.5pt}
tbody th{padding:1.2pt 8pt 1.2pt 0}tbody td{padding:1.2pt 5pt}
thead{display:table-header-group}
tr,figure,li,caption,.table{break-inside:avoid}
tr:not(.level):has(+.level),tbody tr:nth-last-child(-n+3){break-after:avoid}
.notes{break-before:avoid}
.scroll,figure .draw{overflow:visible}table{min-width:60%}
a{color:inherit;text-decoration:none}
figure{margin:1em 0 1.6em}
.figures{display:grid;grid-template-columns:1fr 1fr;gap:0 5mm}
figure svg{width:auto;max-width:100%}
}
`;
