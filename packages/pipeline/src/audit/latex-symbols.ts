const words = (text: string): readonly (readonly [string, string])[] =>
  text
    .trim()
    .split(/\s+/)
    .map((pair) => {
      const cut = pair.indexOf("=");
      return [pair.slice(0, cut), pair.slice(cut + 1)];
    });

/** What a command prints, by its name. */
export const SYMBOLS: ReadonlyMap<string, string> = new Map([
  ...words(
    `%=% &=& $=$ #=# _=_ {={ }=} !=  /=  -=  @=  (=  )=  [=  ]=
    ge=≥ geq=≥ geqslant=≥ le=≤ leq=≤ leqslant=≤ lt=< gt=> textless=< textgreater=> ll=≪ gg=≫ neq=≠ ne=≠
    approx=≈ simeq=≈ sim=~ textasciitilde=~ equiv=≡ propto=∝ infty=∞ cdot=· textperiodcentered=· mid=| textbar=|
    alpha=α beta=β gamma=γ delta=δ Delta=Δ epsilon=ε varepsilon=ε kappa=κ lambda=λ mu=μ textmu=µ rho=ρ sigma=σ Sigma=Σ
    tau=τ phi=φ varphi=φ chi=χ psi=ψ omega=ω theta=θ eta=η pi=π prime=′
    textdegree=° degree=° circ=° dag=† dagger=† textdagger=† ddag=‡ ddagger=‡ textdaggerdbl=‡ S=§ P=¶ ast=* star=*
    textasteriskcentered=* bullet=• textbullet=• textendash=– textemdash=— endash=– textminus=- textbackslash=\\
    textasciicircum=^ textunderscore=_ textpercent=% ldots=… dots=… cdots=… textellipsis=… checkmark=✓ sum=Σ
    rightarrow=→ to=→ leftarrow=← uparrow=↑ downarrow=↓ textquoteright=’ textquoteleft=‘ ss=ß o=ø O=Ø l=ł L=Ł ae=æ aa=å
    i=i j=j TeX=TeX LaTeX=LaTeX percent=%`,
  ),
  // Signs that stand between numbers have space around them in print.
  ["pm", " ± "],
  ["textpm", " ± "],
  ["times", "×"],
  ["texttimes", "×"],
  ["div", " ÷ "],
  [",", "\u2009"],
  ...[
    " ",
    ";",
    ":",
    ">",
    "quad",
    "qquad",
    "enspace",
    "space",
    "hfill",
    "newline",
    "linebreak",
    "tab",
    "hskip",
    "kern",
  ].map((name) => [name, " "] as const),
]);

/** Commands that print nothing or something else than their arguments, which are left out; see `TokenReader.skip`. */
export const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ...words(
    `label=m vspace=sm vskip= extracolsep=m rule=omm settowidth=mm newlength=m newcounter=mo fontfamily=m DeclareSIUnit=omm color=om cellcolor=om rowcolor=om columncolor=om rowcolors=omm definecolor=mmm
    includegraphics=som graphicspath=m fontsize=mm selectfont= setlength=mm addtolength=mm setcounter=mm addtocounter=mm
    captionsetup=om sisetup=m hypersetup=m usepackage=om documentclass=om RequirePackage=om geometry=m
    bibliography=m bibliographystyle=m addbibresource=m printbibliography=o nocite=m pagestyle=m thispagestyle=m
    author=om affil=om affiliation=om address=om email=m date=m thanks=m orcid=m corref=m ead=om institute=m
    index=m phantom=m hphantom=m vphantom=m sout=m st=m deleted=om tikzset=m pgfplotsset=m newcolumntype=mom
    newenvironment=moomm theoremstyle=m newtheorem=smomo arrayrulecolor=om setstretch=m linespread=m
    footnotemark=o tnotex=m multirow=omomo multirowcell=om makecell=so thead=so shortstack=o textcolor=om colorbox=om
    fcolorbox=ommm rotatebox=om scalebox=mo resizebox=smm makebox=oo framebox=oo parbox=ooom raisebox=moo
    adjustbox=m href=m hyperref=o url=m path=m foreignlanguage=m tableau=  SetCell=om SetRow=om SetHline=om
    multicolumn=mm caption*=  phantomsection=  hypertarget=m hyperlink=m glsresetall=  enlargethispage=sm
    pagenumbering=m pdfbookmark=om input=m include=m subfile=m import=mm`,
  ),
]);

/** Lines between the rows of a table. */
export const RULES: ReadonlyMap<string, string> = new Map(
  words(
    `hline= toprule=o midrule=o bottomrule=o cmidrule=opm cline=m addlinespace=o specialrule=mmm morecmidrules=
    hhline=m noalign=m firsthline= lasthline= Xhline=m hdashline=o cdashline=m cmidrule*=m tabucline=om
    rowcolor=om pagebreak=o nopagebreak=o`,
  ),
);

/** Accents by the combining mark that follows the letter. */
export const ACCENTS: ReadonlyMap<string, string> = new Map([
  ["'", "\u0301"],
  ["`", "\u0300"],
  ["^", "\u0302"],
  ['"', "\u0308"],
  ["~", "\u0303"],
  ["=", "\u0304"],
  [".", "\u0307"],
  ["c", "\u0327"],
  ["v", "\u030c"],
  ["u", "\u0306"],
  ["H", "\u030b"],
  ["r", "\u030a"],
  ["k", "\u0328"],
]);

const RAISED: Readonly<Record<string, string>> = Object.fromEntries(
  words(
    "0=⁰ 1=¹ 2=² 3=³ 4=⁴ 5=⁵ 6=⁶ 7=⁷ 8=⁸ 9=⁹ -=⁻ −=⁻ += a=ᵃ b=ᵇ c=ᶜ d=ᵈ e=ᵉ f=ᶠ g=ᵍ h=ʰ i=ⁱ j=ʲ k=ᵏ l=ˡ m=ᵐ n=ⁿ o=ᵒ p=ᵖ r=ʳ s=ˢ t=ᵗ u=ᵘ v=ᵛ w=ʷ x=ˣ y=ʸ z=ᶻ",
  ),
);
const LOWERED: Readonly<Record<string, string>> = Object.fromEntries(words("0=₀ 1=₁ 2=₂ 3=₃ 4=₄ 5=₅ 6=₆ 7=₇ 8=₈ 9=₉"));

/** Raised text as characters that no number below it can run into: digits and single letters; words stay as they are. */
export const raised = (text: string): string =>
  /[A-Za-z]{2}/.test(text) ? text : [...text.trim()].map((char) => RAISED[char] ?? char).join("");

/** The same for lowered text. */
export const lowered = (text: string): string => [...text.trim()].map((char) => LOWERED[char] ?? char).join("");
