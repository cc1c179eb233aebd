// What in a piece of evidence a finding is about, so that it can be pointed at.

/** A finding, as far as its evidence is marked by it. */
export interface Pointer {
  requirement: string;
  locator: string;
  proof: string;
}

/** The response fields that a requirement judges. Others are named by the locator of the finding. */
const judged: Record<string, string[]> = {
  hsts: ["strict-transport-security"],
  "cache-control": ["cache-control"],
  "referrer-policy": ["referrer-policy"],
  csp: ["content-security-policy"],
  "https-only": ["location"],
  "cookie-flags": ["set-cookie"],
  "api-content-type": ["content-type"],
};

const kFieldName = /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/i;

/** Names of the fields, in lower case, that the finding is about. */
export function fieldsOf(pointer: Pointer | undefined): string[] {
  if (!pointer) return [];
  const named =
    kFieldName.test(pointer.locator) && /^[A-Z]/.test(pointer.locator) ? [pointer.locator.toLowerCase()] : [];
  return [...new Set([...(judged[pointer.requirement] ?? []), ...named])];
}

/** Whether one field is the offending one: of cookies only the one that the locator names ("sid:Secure"). */
export function isMarked(field: { name: string; value: string }, pointer: Pointer | undefined): boolean {
  if (!pointer || !fieldsOf(pointer).includes(field.name.toLowerCase())) return false;
  if (pointer.requirement !== "cookie-flags") return true;
  return field.value.startsWith(`${pointer.locator.replace(/:[^:]*$/, "")}=`);
}

/** Fields that should have been there. */
export function missing(fields: { name: string; value: string }[], pointer: Pointer | undefined): string[] {
  if (!pointer || pointer.requirement === "cookie-flags" || pointer.requirement === "https-only") return [];
  return fieldsOf(pointer).filter((name) => !fields.some((field) => field.name.toLowerCase() === name));
}

const kShortest = 8; // shorter pieces of a proof occur anywhere

/** What the proof quotes: its lines, without the quotation marks around them. */
function quotes(pointer: Pointer): string[] {
  return pointer.proof
    .split("\n")
    .map((line) => line.trim().replace(/^"(.*)"$/, "$1"))
    .filter((line) => line.length >= kShortest);
}

export interface Segment {
  text: string;
  marked: boolean;
}

/** A line of a body, cut where the proof quotes from it. */
export function segments(line: string, pointer: Pointer | undefined): Segment[] {
  const found = pointer ? quotes(pointer).filter((quote) => line.includes(quote)) : [];
  const cut = (text: string): Segment[] => {
    const quote = found.find((one) => text.includes(one));
    if (quote === undefined) return text ? [{ text, marked: false }] : [];
    const at = text.indexOf(quote);
    return [...cut(text.slice(0, at)), { text: quote, marked: true }, ...cut(text.slice(at + quote.length))];
  };
  return cut(line);
}

export function quoted(line: string, pointer: Pointer | undefined): boolean {
  return segments(line, pointer).some((one) => one.marked);
}

/** "strict-transport-security" as it is usually written. */
export function fieldName(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}
