// Times as people read them: in the reader's zone, with UTC at hand.

const kMinute = 60_000;
const kHour = 60 * kMinute;
export const kDay = 24 * kHour;

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** "3 hours ago", "in 4 days", "yesterday". */
export function ago(at: string | Date, now = Date.now()): string {
  const ms = new Date(at).getTime() - now;
  const size = Math.abs(ms);
  if (size < kMinute) return ms <= 0 ? "just now" : "in a moment";
  if (size < kHour) return relative.format(Math.trunc(ms / kMinute), "minute");
  if (size < kDay) return relative.format(Math.trunc(ms / kHour), "hour");
  if (size < 60 * kDay) return relative.format(Math.trunc(ms / kDay), "day");
  if (size < 730 * kDay) return relative.format(Math.trunc(ms / (30.44 * kDay)), "month");
  return relative.format(Math.trunc(ms / (365.25 * kDay)), "year");
}

/** "23 Nov 2026, 14:05" in the reader's zone. */
export function moment(at: string, timeZone?: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone,
  }).format(new Date(at));
}

/** "23 Nov 2026". */
export function day(at: string, timeZone?: string): string {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone }).format(
    new Date(at),
  );
}

/** "2026-11-23 14:05:09 UTC". */
export function utc(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? at : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** "850 ms", "12 s", "3 min 20 s", "2 h 5 min". */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = Math.round(ms / 1000);
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return s % 60 ? `${min} min ${s % 60} s` : `${min} min`;
  const h = Math.floor(min / 60);
  return min % 60 ? `${h} h ${min % 60} min` : `${h} h`;
}

/** Minutes as a cadence: "every day", "every 6 hours". */
export function cadence(minutes: number): string {
  for (const [unit, size] of [
    ["week", 10080],
    ["day", 1440],
    ["hour", 60],
  ] as const) {
    if (minutes % size === 0) return minutes === size ? `every ${unit}` : `every ${minutes / size} ${unit}s`;
  }
  return minutes === 1 ? "every minute" : `every ${minutes} minutes`;
}

export type DueState = "closed" | "stands" | "overdue" | "due-soon" | "on-track";

/** How a ticket stands against its due date. */
export function dueState(
  ticket: { live: boolean; clock_stands: boolean; overdue: boolean; due_at: string },
  soonDays = 7,
  now = Date.now(),
): DueState {
  if (!ticket.live) return "closed";
  if (ticket.clock_stands) return "stands";
  if (ticket.overdue) return "overdue";
  return new Date(ticket.due_at).getTime() - now <= soonDays * kDay ? "due-soon" : "on-track";
}

/** The end of a day that a date field gave ("2026-12-01"), as the API wants it. */
export function endOfDay(date: string): string {
  return `${date}T23:59:59Z`;
}

/** A date as <input type=date> wants it, `days` from now. */
export function dateIn(days: number, now = Date.now()): string {
  return new Date(now + days * kDay).toISOString().slice(0, 10);
}
