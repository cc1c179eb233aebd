// Numbers and words as people read them.

const number = new Intl.NumberFormat("en");

export function count(n: number): string {
  return number.format(n);
}

/** count(1, "app") is "1 app", count(2, "app") is "2 apps". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** "532 B", "12.4 kB", "3.1 MB". */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = n / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 100 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** "needs-patch" is "Needs patch". */
export function words(code: string): string {
  const text = code.replace(/[-_.]/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The beginning and the end of a hash or fingerprint. */
export function short(hash: string, head = 10): string {
  return hash.length <= head + 5 ? hash : `${hash.slice(0, head)}…${hash.slice(-4)}`;
}

/** Those that are counted, gravest first; a warning may weigh nothing ("none"). */
export const severities = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof severities)[number];

export function total(counts: Record<Severity, number>): number {
  return severities.reduce((sum, severity) => sum + counts[severity], 0);
}

/** A place in a certificate's name (RFC 2253): `attribute(subject, "CN")`. */
export function attribute(name: string, type: string): string | undefined {
  return new RegExp(`(?:^|,)\\s*${type}=((?:\\\\.|[^,\\\\])*)`).exec(name)?.[1]?.replace(/\\(.)/g, "$1");
}
