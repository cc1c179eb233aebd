// The filter grammar of docs/platform.md as far as the dashboard needs it: it takes the text apart into terms and puts
// terms in and out. Whether a field or value exists is the server's to say.

export interface Term {
  text: string; // as typed
  at: number; // where it begins
  field?: string; // absent for words
  operator?: ":" | "<" | "<=" | ">" | ">=";
  negated: boolean;
  values: string[]; // unquoted; the word itself for words
}

const kField = /^(-?)([a-z_]+)(:|<=|>=|<|>)(.*)$/s;

/** Splits at spaces outside of quotes. */
function pieces(text: string): { text: string; at: number }[] {
  const found: { text: string; at: number }[] = [];
  let start = -1;
  let quoted = false;
  for (let i = 0; i <= text.length; i++) {
    const c = text[i];
    if (c === '"') quoted = !quoted;
    const space = c === undefined || (!quoted && /\s/.test(c));
    if (!space && start < 0) start = i;
    if (space && start >= 0) {
      found.push({ text: text.slice(start, i), at: start });
      start = -1;
    }
  }
  return found;
}

/** Splits at commas outside of quotes, and takes the quotes off. */
function valuesOf(text: string): string[] {
  const found: string[] = [];
  let value = "";
  let quoted = false;
  for (const c of text) {
    if (c === '"') quoted = !quoted;
    else if (c === "," && !quoted) {
      found.push(value);
      value = "";
    } else value += c;
  }
  return [...found, value];
}

export function parse(text: string): Term[] {
  return pieces(text).map((piece) => {
    const parts = piece.text.startsWith('"') ? null : kField.exec(piece.text);
    if (!parts) return { ...piece, negated: false, values: valuesOf(piece.text) };
    const [, minus, field, operator, rest] = parts as unknown as [string, string, string, Term["operator"], string];
    return { ...piece, field, operator: operator as ":", negated: minus === "-", values: valuesOf(rest) };
  });
}

/** A value as the grammar wants it: in quotes when it has spaces, commas or quotes' company. */
export function quote(value: string): string {
  return /[\s,"]/.test(value) || value === "" ? `"${value.replaceAll('"', "")}"` : value;
}

function write(term: Term): string {
  if (!term.field) return term.text;
  return `${term.negated ? "-" : ""}${term.field}${term.operator ?? ":"}${term.values.map(quote).join(",")}`;
}

const isChoice = (term: Term, field: string) => term.field === field && term.operator === ":" && !term.negated;

/** The values chosen by `field:…`. */
export function chosen(text: string, field: string): string[] {
  return parse(text)
    .filter((term) => isChoice(term, field))
    .flatMap((term) => term.values);
}

/** With exactly these values of a field; none takes the term away. Its place among the terms is kept. */
export function choose(text: string, field: string, values: string[]): string {
  const terms = parse(text);
  const first = terms.findIndex((term) => isChoice(term, field));
  const made: Term = { text: "", at: 0, field, operator: ":", negated: false, values };
  const kept = terms.flatMap((term, i) => {
    if (!isChoice(term, field)) return [term.text];
    return i === first && values.length > 0 ? [write(made)] : [];
  });
  if (first < 0 && values.length > 0) kept.push(write(made));
  return kept.join(" ");
}

/** Adds the value to the field's choices, or takes it away. */
export function toggle(text: string, field: string, value: string): string {
  const now = chosen(text, field);
  return choose(text, field, now.includes(value) ? now.filter((v) => v !== value) : [...now, value]);
}

/** Without the term that begins at `at`. */
export function without(text: string, at: number): string {
  return parse(text)
    .filter((term) => term.at !== at)
    .map((term) => term.text)
    .join(" ");
}

/** With one more term, once. */
export function including(text: string, term: string): string {
  return parse(text).some((t) => t.text === term) ? text : `${text} ${term}`.trim();
}

/** What is being typed at the caret: the field's beginning, or the value of a field. */
export function typing(text: string, caret: number): { from: number; field?: string; part: string } {
  const before = text.slice(0, caret);
  const piece = pieces(before).at(-1);
  if (!piece || /\s$/.test(before)) return { from: caret, part: "" };
  const parts = kField.exec(piece.text);
  if (!parts) return { from: piece.at, part: piece.text.replace(/^-/, "") };
  const part = (parts[4] as string).split(",").at(-1) as string;
  return { from: caret - part.length, field: parts[2] as string, part };
}
