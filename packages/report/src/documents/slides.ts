import type { Results } from "@livermark/analysis";
import { type Issue, ok, type Result, refuseWith } from "@livermark/core";
import { sceneSvg } from "../figures/scene.js";
import { escapeXml } from "../markup.js";
import { typeset } from "../typeset.js";
import { documentScenes, SLIDE_ROWS } from "./document-scenes.js";
import { documentPngs } from "./raster.js";
import { sentence } from "./sentences.js";
import { protocolText, softwareText } from "./study-facts.js";
import { type ReportFile, stableZip, textFile } from "./zip.js";

// A 16 : 9 slide in English Metric Units, 914400 to the inch.
const SLIDE = { width: 12_192_000, height: 6_858_000 };
const MARGIN = 480_000;
const TITLE_HEIGHT = 700_000;
const FOOT_HEIGHT = 300_000;

const MAIN = "http://schemas.openxmlformats.org/presentationml/2006/main";
const DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main";
const RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const NAMESPACES = `xmlns:a="${DRAWING}" xmlns:r="${RELATION}" xmlns:p="${MAIN}"`;
const HEAD = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n`;

interface Slide {
  readonly title: string;
  readonly description: string;
  readonly png: Uint8Array;
  readonly widthPt: number;
  readonly heightPt: number;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const frame = ({ x, y, width, height }: Box): string =>
  `<a:xfrm><a:off x="${Math.round(x)}" y="${Math.round(y)}"/><a:ext cx="${Math.round(width)}" cy="${Math.round(height)}"/></a:xfrm>`;

/** Text as a box of its own; the title is the slide's title for outlines and screen readers. */
const words = (id: number, name: string, text: string, box: Box, points: number, grey: boolean): string =>
  `<p:sp><p:nvSpPr><p:cNvPr id="${id}" name="${name}"/><p:cNvSpPr/><p:nvPr>${name === "Title" ? '<p:ph type="title"/>' : ""}</p:nvPr></p:nvSpPr><p:spPr>${frame(box)}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr><p:txBody><a:bodyPr lIns="0" rIns="0" tIns="0" bIns="0" anchor="${name === "Title" ? "ctr" : "b"}"><a:normAutofit/></a:bodyPr><a:p><a:pPr algn="l"/><a:r><a:rPr lang="en-GB" sz="${points * 100}" b="${name === "Title" ? 1 : 0}"><a:solidFill><a:srgbClr val="${grey ? "595959" : "000000"}"/></a:solidFill></a:rPr><a:t>${escapeXml(text)}</a:t></a:r></a:p></p:txBody></p:sp>`;

/** The largest box of the picture's shape between title and foot. */
function pictureBox({ widthPt, heightPt }: Slide): Box {
  const room = {
    width: SLIDE.width - 2 * MARGIN,
    height: SLIDE.height - TITLE_HEIGHT - FOOT_HEIGHT - 1.5 * MARGIN,
  };
  const scale = Math.min(room.width / widthPt, room.height / heightPt);
  const [width, height] = [widthPt * scale, heightPt * scale];
  return {
    x: (SLIDE.width - width) / 2,
    y: 0.75 * MARGIN + TITLE_HEIGHT + (room.height - height) / 2,
    width,
    height,
  };
}

const tree = (shapes: string): string =>
  `<p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>${shapes}</p:spTree></p:cSld>`;

function slideXml(slide: Slide, foot: string): string {
  const inner = SLIDE.width - 2 * MARGIN;
  const title = words(
    2,
    "Title",
    slide.title,
    { x: MARGIN, y: MARGIN / 2, width: inner, height: TITLE_HEIGHT },
    26,
    false,
  );
  const picture = `<p:pic><p:nvPicPr><p:cNvPr id="3" name="Figure" descr="${escapeXml(slide.description)}"/><p:cNvPicPr><a:picLocks noChangeAspect="1"/></p:cNvPicPr><p:nvPr/></p:nvPicPr><p:blipFill><a:blip r:embed="rId2"/><a:stretch><a:fillRect/></a:stretch></p:blipFill><p:spPr>${frame(pictureBox(slide))}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr></p:pic>`;
  const line = words(
    4,
    "Source",
    foot,
    { x: MARGIN, y: SLIDE.height - MARGIN / 2 - FOOT_HEIGHT, width: inner, height: FOOT_HEIGHT },
    10,
    true,
  );
  return `${HEAD}<p:sld ${NAMESPACES}>${tree(title + picture + line)}</p:sld>`;
}

const relations = (entries: readonly (readonly [string, string])[]): string =>
  `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${entries.map(([type, target], i) => `<Relationship Id="rId${i + 1}" Type="${RELATION}/${type}" Target="${target}"/>`).join("")}</Relationships>`;

/** Office's least theme: two fonts, twelve colours, three plain styles of each kind. */
function themeXml(): string {
  const colour = (name: string, value: string): string => `<a:${name}><a:srgbClr val="${value}"/></a:${name}>`;
  const scheme = [
    ["dk1", "000000"],
    ["lt1", "FFFFFF"],
    ["dk2", "404040"],
    ["lt2", "F2F2F2"],
    ["accent1", "0072B2"],
    ["accent2", "D55E00"],
    ["accent3", "009E73"],
    ["accent4", "CC79A7"],
    ["accent5", "E69F00"],
    ["accent6", "56B4E9"],
    ["hlink", "0072B2"],
    ["folHlink", "595959"],
  ] as const;
  const fill = `<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>`;
  const font = `<a:latin typeface="Arial"/><a:ea typeface=""/><a:cs typeface=""/>`;
  return `${HEAD}<a:theme xmlns:a="${DRAWING}" name="Livermark"><a:themeElements><a:clrScheme name="Livermark">${scheme.map(([name, value]) => colour(name, value)).join("")}</a:clrScheme><a:fontScheme name="Livermark"><a:majorFont>${font}</a:majorFont><a:minorFont>${font}</a:minorFont></a:fontScheme><a:fmtScheme name="Livermark"><a:fillStyleLst>${fill.repeat(3)}</a:fillStyleLst><a:lnStyleLst>${`<a:ln w="9525">${fill}</a:ln>`.repeat(3)}</a:lnStyleLst><a:effectStyleLst>${"<a:effectStyle><a:effectLst/></a:effectStyle>".repeat(3)}</a:effectStyleLst><a:bgFillStyleLst>${fill.repeat(3)}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>`;
}

const colourMap = `bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"`;

function frameFiles(count: number): readonly ReportFile[] {
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const presentation = `${HEAD}<p:presentation ${NAMESPACES}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst><p:sldIdLst>${numbers.map((n) => `<p:sldId id="${255 + n}" r:id="rId${n + 1}"/>`).join("")}</p:sldIdLst><p:sldSz cx="${SLIDE.width}" cy="${SLIDE.height}"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>`;
  const part = (name: string, kind: string): string =>
    `<Override PartName="/ppt/${name}.xml" ContentType="application/vnd.openxmlformats-officedocument.${kind}+xml"/>`;
  const types = `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>${part("presentation", "presentationml.presentation.main")}${part("slideMasters/slideMaster1", "presentationml.slideMaster")}${part("slideLayouts/slideLayout1", "presentationml.slideLayout")}${part("theme/theme1", "theme")}${numbers.map((n) => part(`slides/slide${n}`, "presentationml.slide")).join("")}</Types>`;
  const master = `${HEAD}<p:sldMaster ${NAMESPACES}>${tree("")}<p:clrMap ${colourMap}/><p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>`;
  const layout = `${HEAD}<p:sldLayout ${NAMESPACES} type="titleOnly">${tree("")}<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sldLayout>`;
  return [
    textFile("[Content_Types].xml", types),
    textFile("_rels/.rels", relations([["officeDocument", "ppt/presentation.xml"]])),
    textFile("ppt/presentation.xml", presentation),
    textFile(
      "ppt/_rels/presentation.xml.rels",
      relations([
        ["slideMaster", "slideMasters/slideMaster1.xml"],
        ...numbers.map((n) => ["slide", `slides/slide${n}.xml`] as const),
      ]),
    ),
    textFile("ppt/slideMasters/slideMaster1.xml", master),
    textFile(
      "ppt/slideMasters/_rels/slideMaster1.xml.rels",
      relations([
        ["slideLayout", "../slideLayouts/slideLayout1.xml"],
        ["theme", "../theme/theme1.xml"],
      ]),
    ),
    textFile("ppt/slideLayouts/slideLayout1.xml", layout),
    textFile(
      "ppt/slideLayouts/_rels/slideLayout1.xml.rels",
      relations([["slideMaster", "../slideMasters/slideMaster1.xml"]]),
    ),
    textFile("ppt/theme/theme1.xml", themeXml()),
  ];
}

/**
 * One 16 : 9 slide for each figure (flow chart first), or for each sheet of a forest plot longer than a slide: its title,
 * the figure as large as the slide holds, alternative text from the numbers, and a foot with protocol, version and the
 * hash of the data. PowerPoint, Keynote and LibreOffice open it. The same results give the same bytes. Refuses results without figures.
 * Source: ECMA-376, PresentationML. Example: `await reportSlides(results)`.
 */
export async function reportSlides(results: Results, pngOf = documentPngs()): Promise<Result<Uint8Array>> {
  const scenes = documentScenes(results, SLIDE_ROWS);
  const foot = `${protocolText(results.study)}. Data SHA-256 ${results.study.inputsSha256.slice(0, 16)}. ${softwareText(results.study)}. For research use.`;
  const issues: Issue[] = [];
  const slides: Slide[] = [];
  const pngs = await Promise.all(scenes.map(({ scene }) => pngOf(sceneSvg(scene))));
  for (const [i, png] of pngs.entries()) {
    const { scene, title } = scenes[i]!;
    issues.push(...png.issues);
    if (!png.ok) return refuseWith(issues);
    slides.push({
      title: typeset(title),
      description: sentence(scene.description),
      png: png.value,
      widthPt: scene.width,
      heightPt: scene.height,
    });
  }
  const files = slides.flatMap((slide, i): readonly ReportFile[] => [
    textFile(`ppt/slides/slide${i + 1}.xml`, slideXml(slide, foot)),
    textFile(
      `ppt/slides/_rels/slide${i + 1}.xml.rels`,
      relations([
        ["slideLayout", "../slideLayouts/slideLayout1.xml"],
        ["image", `../media/figure${i + 1}.png`],
      ]),
    ),
    { path: `ppt/media/figure${i + 1}.png`, bytes: slide.png },
  ]);
  return ok(stableZip([...frameFiles(slides.length), ...files], "[Content_Types].xml"), issues);
}
