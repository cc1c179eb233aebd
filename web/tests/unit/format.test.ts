import { describe, expect, it } from "vitest";
import { attribute, bytes, count, plural, short, total, words } from "../../src/lib/format";

describe("format", () => {
  it("writes numbers, sizes and words", () => {
    expect(count(1234567)).toBe("1,234,567");
    expect(plural(1, "app")).toBe("1 app");
    expect(plural(2000, "app")).toBe("2,000 apps");
    expect([532, 12_400, 3_100_000, 250_000_000].map(bytes)).toEqual(["532 B", "12.4 kB", "3.1 MB", "250 MB"]);
    expect(words("waiting-for-release")).toBe("Waiting for release");
    expect(total({ critical: 1, high: 2, medium: 3, low: 4 })).toBe(10);
  });

  it("shortens hashes and leaves short texts", () => {
    expect(short("0123456789abcdef0123")).toBe("0123456789…0123");
    expect(short("0123456789")).toBe("0123456789");
  });

  it("reads attributes of distinguished names, escapes included", () => {
    expect(attribute("CN=app.example,O=Acme\\, Inc,C=FI", "CN")).toBe("app.example");
    expect(attribute("CN=app.example,O=Acme\\, Inc,C=FI", "O")).toBe("Acme, Inc");
    expect(attribute("O=Acme", "CN")).toBeUndefined();
  });
});
