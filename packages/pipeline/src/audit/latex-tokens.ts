/** One piece of LaTeX source; `text` is the plain run, or the name of a command without its backslash. */
export interface LatexToken {
  readonly kind: "text" | "space" | "paragraph" | "command" | "parameter" | Mark;
  readonly text: string;
  /** Line of the file, from 1. */
  readonly line: number;
}

type Mark = "{" | "}" | "[" | "]" | "&" | "$" | "^" | "_" | "~";

const isMark = (char: string): char is Mark => "{}[]&$^_~".includes(char);

/** Environments whose content is code or left out by LaTeX itself. */
const RAW = /^\\begin\s*\{(comment|verbatim\*?|lstlisting|minted|filecontents\*?|Verbatim)\}/;
const PLAIN_RUN = /[^\\{}[\]&$^_~%#*\s]+/y;
/** A length without braces, as plain TeX takes it. */
const LENGTH = /[ =]*[-+]?[\d.]*\s*(?:[a-z]{2}|\\[A-Za-z]+)(?:\s*(?:plus|minus)\s*[\d.]*\s*[a-z]{2,4})*/y;
const COMMAND = /\\([A-Za-z@]+|[^\n])/y;

/**
 * LaTeX source as tokens: comments, verbatim text and `\iffalse` parts are left out, an empty line is a paragraph,
 * other line breaks and spaces are single spaces, spaces after a command are gone, as TeX reads them.
 * Example: `5\% % note` gives text 5, command %, space.
 */
export function latexTokens(source: string): readonly LatexToken[] {
  const tokens: LatexToken[] = [];
  let line = 1;
  let at = 0;
  const push = (kind: LatexToken["kind"], text: string): void => {
    tokens.push({ kind, text, line });
  };
  const skipTo = (end: number): void => {
    for (let i = source.indexOf("\n", at); i >= 0 && i < end; i = source.indexOf("\n", i + 1)) line++;
    at = end;
  };
  /** Past spaces and line breaks; true where an empty line was among them, counted from a place within a line. */
  const skipSpace = (newlines: number): boolean => {
    let breaks = newlines;
    for (; at < source.length && /\s/.test(source[at] ?? ""); at++) {
      if (source[at] !== "\n") continue;
      breaks++;
      line++;
    }
    return breaks > 1;
  };
  const after = (word: string): number => {
    const end = source.indexOf(word, at);
    return end < 0 ? source.length : end + word.length;
  };
  while (at < source.length) {
    const char = source[at] ?? "";
    if (/\s/.test(char)) {
      const from = line;
      if (skipSpace(0)) push("paragraph", "");
      else tokens.push({ kind: "space", text: " ", line: from });
    } else if (char === "%") {
      skipTo(Math.min(source.length, after("\n")));
      if (skipSpace(1)) push("paragraph", "");
    } else if (char === "\\") {
      const raw = RAW.exec(source.slice(at, at + 40));
      if (raw !== null) {
        skipTo(after(`\\end{${raw[1]}}`));
        continue;
      }
      if (/^\\iffalse\b/.test(source.slice(at, at + 9))) {
        skipTo(after("\\fi"));
        continue;
      }
      COMMAND.lastIndex = at;
      const name = COMMAND.exec(source)?.[1] ?? " ";
      at += 1 + name.length;
      if (name === "verb") {
        const end = source.indexOf(source[at] ?? "|", at + 1);
        if (end > 0) at = end + 1;
        continue;
      }
      push("command", name);
      if (name === "hskip" || name === "vskip" || name === "kern") {
        LENGTH.lastIndex = at;
        at += LENGTH.exec(source)?.[0].length ?? 0;
      }
      if (!/[A-Za-z@]/.test(name)) continue;
      const rest = /[ \t]*(?:\n[ \t]*(?!\n))?/y;
      rest.lastIndex = at;
      skipTo(at + (rest.exec(source)?.[0].length ?? 0));
    } else if (isMark(char)) {
      push(char, char);
      at++;
      const script = source[at] ?? "";
      // x^23 raises the 2 alone.
      if ((char === "^" || char === "_") && /[^\\{}[\]&$^_~%#\s]/.test(script)) {
        push("text", script);
        at++;
      }
    } else if (char === "#") {
      push("parameter", source[at + 1] ?? "");
      at += 2;
    } else {
      PLAIN_RUN.lastIndex = at;
      const run = PLAIN_RUN.exec(source)?.[0] ?? char;
      push("text", run);
      at += run.length;
    }
  }
  return tokens;
}

/** Reads tokens one after another, and the arguments that follow a command. */
export interface TokenReader {
  readonly peek: () => LatexToken | undefined;
  readonly next: () => LatexToken | undefined;
  /** The next `count` tokens, which stay to be read. */
  readonly lookAhead: (count: number) => readonly LatexToken[];
  readonly skipSpace: () => void;
  /** The group that comes next without its braces, else the one token that comes next. */
  readonly argument: () => readonly LatexToken[];
  /** The part in square brackets that comes next; null where none does. */
  readonly option: () => readonly LatexToken[] | null;
  /** True where a star comes next, which is then read. */
  readonly star: () => boolean;
  /** Leaves out arguments: `m` a group, `o` an option, `s` a star, `p` round brackets. */
  readonly skip: (signature: string) => void;
  /** All up to the `\end` of the environment that was just begun, which is read too. */
  readonly environment: (name: string) => readonly LatexToken[];
}

/** A reader of `tokens` from their first. */
export function tokenReader(tokens: readonly LatexToken[]): TokenReader {
  let at = 0;
  const peek = (): LatexToken | undefined => tokens[at];
  const next = (): LatexToken | undefined => tokens[at++];
  const lookAhead = (count: number): readonly LatexToken[] => tokens.slice(at, at + count);
  const skipSpace = (): void => {
    while (peek()?.kind === "space") at++;
  };
  const upTo = (close: "}" | "]"): readonly LatexToken[] | null => {
    let braces = 0;
    let brackets = 0;
    for (let i = at; i < tokens.length; i++) {
      const kind = tokens[i]?.kind;
      if (kind === close && braces === 0 && brackets === 0) {
        const inner = tokens.slice(at, i);
        at = i + 1;
        return inner;
      }
      if (kind === "paragraph" && close === "]") return null;
      if (kind === "{") braces++;
      else if (kind === "}" && --braces < 0) return null;
      else if (kind === "[" && close === "]") brackets++;
      else if (kind === "]" && close === "]") brackets--;
    }
    return null;
  };
  const argument = (): readonly LatexToken[] => {
    skipSpace();
    const first = peek();
    if (first === undefined || first.kind === "}" || first.kind === "paragraph") return [];
    at++;
    if (first.kind !== "{") return [first];
    return upTo("}") ?? [];
  };
  const option = (): readonly LatexToken[] | null => {
    const start = at;
    skipSpace();
    if (next()?.kind === "[") {
      const inner = upTo("]");
      if (inner !== null) return inner;
    }
    at = start;
    return null;
  };
  const star = (): boolean => {
    if (peek()?.text !== "*") return false;
    at++;
    return true;
  };
  const skip = (signature: string): void => {
    for (const part of signature) {
      if (part === "m") argument();
      else if (part === "o") option();
      else if (part === "s") star();
      else if (peek()?.text.startsWith("(") === true) while (at < tokens.length && next()?.text.endsWith(")") !== true);
    }
  };
  const environment = (name: string): readonly LatexToken[] => {
    const start = at;
    for (let depth = 1; at < tokens.length; ) {
      const from = at;
      const token = next();
      if (token?.kind !== "command" || (token.text !== "begin" && token.text !== "end")) continue;
      if (tokensText(argument()) !== name) continue;
      depth += token.text === "begin" ? 1 : -1;
      if (depth === 0) return tokens.slice(start, from);
    }
    return tokens.slice(start);
  };
  return { peek, next, lookAhead, skipSpace, argument, option, star, skip, environment };
}

/** The plain characters of tokens, commands left out: names, numbers and lengths in arguments. */
export const tokensText = (tokens: readonly LatexToken[]): string =>
  tokens.flatMap(({ kind, text }) => (kind === "text" || kind === "_" ? [text] : [])).join("");
