import { withoutForms } from "./identifier-forms.js";

/** Words that describe liver imaging and no person; anything else in a description is dropped. */
const VOCABULARY = new Set(
  `abdomen abdo abd abdominal liver leber foie higado fegato figado hepar hepatic tumour tumor lesion lesions met hcc icc roi
  axial ax cor coronal sag sagittal tra trans oblique ct mr mri pet cect ce cm km gd contrast contraste mdc iv inj plain native
  nativ unenhanced enhanced non pre post early late arterial arteriell arterielle arteriosa art portal portalvenous porto
  pv pvp venous venoes venös veineux venosa ven vein phase phasen fase delayed delay equilibrium spaet spät tardif tardiva hap hbp
  hepatobiliary gxp dyn dynamic dynamik multiphase arteria gadoxetate primovist eovist gadobutrol gadovist dotarem gadoterate
  gadoterat magnevist multihance iomeprol imeron iohexol omnipaque iopamidol iodixanol visipaque iopromide ultravist
  optiray ioversol xenetix iobitridol
  t1 t1w t2 t2w t2star pd vibe lava thrive ethrive mdixon dixon fame flash star haste ssfse tse fse blade propeller trufi fiesta bffe
  ssh single shot fs fatsat fat sat spair spir stir ideal flex water in opp opposed out of inphase outphase ip op bh fb rt nav gated trig
  dwi diff diffusion ep2d epi ivim trace tracew adc eadc map b resolve zoomit
  localizer localiser loc scout survey topogram scanogram thin thick thk slice slices mm cm sec min s m bone soft tissue lung
  std standard sharp smooth kernel recon mpr mip minip thorax chest pelvis neck head headneck prostate brain spleen kidney pancreas muscle aorta
  seg segmentation mask label sub subtraction subtracted reg registered cine radial q quick fast series study with without
  and 2d 3d 4d tof mag pha real imag r2 r2star ip1 w o wo wip apparent coefficient isotropic exponential mm2 um2 eadc perfusion
  sans avec injection injecte temps tps sin senza sem ohne mit nach avant apres après plan precoce precoz früh frueh
  früharteriell fruehart spätarteriell spaetart portalvenös portalvenoes portovenous portovenös venosa artérielle artériel
  equilibre équilibre hepatobil hepatobiliaer hepatobiliär hepatobiliaire hepatobiliar gegenphase inphase kontrast mdixon
  washout wash rest dual energy monoenergetic kev kv virtual vnc iodine se gre gr ir me fl spgr`.split(/\s+/),
);

/** Short numbers and numbers with a unit: 3, 70s, 1.5mm, b800. Long ones could be an identifier or a date. */
const SHORT_NUMBER = /^(b\s?=?\d{1,4}|\d{1,3}(\.\d{1,2})?(s|sec|min|mm|cm|d|t|w|st|nd|rd|th)?)$/;

/**
 * A description reduced to the words of the vocabulary and short numbers, in their order, without telephone numbers
 * and the like.
 * Example: `cleanedWords("T1 VIBE portal Mr Brown 19570302")` is `T1 VIBE portal`.
 */
export function cleanedWords(text: string): string {
  return (withoutForms(text).match(/[\p{L}\p{N}.*=]+|[+]/gu) ?? [])
    .map((word) => word.replace(/\.+$/, ""))
    .filter((word) => {
      const plain = word.toLowerCase().replace(/^[.*=]+|[.*=]+$/g, "");
      return VOCABULARY.has(plain) || SHORT_NUMBER.test(plain);
    })
    .join(" ");
}

/** Whether a word belongs to the vocabulary, and so cannot serve to recognise a person. */
export const isVocabulary = (word: string): boolean => VOCABULARY.has(word.toLowerCase());
