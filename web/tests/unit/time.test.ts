import { describe, expect, it } from "vitest";
import { ago, cadence, dateIn, day, dueState, endOfDay, moment, span, utc } from "../../src/lib/time";

const now = Date.parse("2026-11-23T12:00:00Z");

describe("times", () => {
  it("tells how long ago, and how far off", () => {
    expect(ago("2026-11-23T11:59:40Z", now)).toBe("just now");
    expect(ago("2026-11-23T11:30:00Z", now)).toBe("30 minutes ago");
    expect(ago("2026-11-23T09:00:00Z", now)).toBe("3 hours ago");
    expect(ago("2026-11-22T11:00:00Z", now)).toBe("yesterday");
    expect(ago("2026-11-27T13:00:00Z", now)).toBe("in 4 days");
    expect(ago("2026-07-01T12:00:00Z", now)).toBe("4 months ago");
    expect(ago("2023-11-01T12:00:00Z", now)).toBe("3 years ago");
  });

  it("shows the reader's zone, and UTC beside it", () => {
    expect(moment("2026-11-23T23:30:00Z", "Europe/Helsinki")).toBe("24 Nov 2026, 01:30");
    expect(day("2026-11-23T23:30:00Z", "UTC")).toBe("23 Nov 2026");
    expect(utc("2026-11-23T23:30:09Z")).toBe("2026-11-23 23:30:09 UTC");
    expect(utc("nonsense")).toBe("nonsense");
  });

  it("writes spans and cadences", () => {
    expect([850, 12_000, 200_000, 7_500_000].map(span)).toEqual(["850 ms", "12 s", "3 min 20 s", "2 h 5 min"]);
    expect([1440, 360, 10080, 20160, 45].map(cadence)).toEqual([
      "every day",
      "every 6 hours",
      "every week",
      "every 2 weeks",
      "every 45 minutes",
    ]);
  });

  it("gives days to date fields and ends of days to the API", () => {
    expect(dateIn(7, now)).toBe("2026-11-30");
    expect(endOfDay("2026-11-30")).toBe("2026-11-30T23:59:59Z");
  });
});

describe("due state", () => {
  const ticket = { live: true, clock_stands: false, overdue: false, due_at: "2026-12-23T23:59:59Z" };
  it("is one of five", () => {
    expect(dueState(ticket, 7, now)).toBe("on-track");
    expect(dueState({ ...ticket, due_at: "2026-11-28T23:59:59Z" }, 7, now)).toBe("due-soon");
    expect(dueState({ ...ticket, overdue: true, due_at: "2026-11-20T23:59:59Z" }, 7, now)).toBe("overdue");
    expect(dueState({ ...ticket, clock_stands: true, due_at: "2026-11-20T23:59:59Z" }, 7, now)).toBe("stands");
    expect(dueState({ ...ticket, live: false }, 7, now)).toBe("closed");
  });
});
