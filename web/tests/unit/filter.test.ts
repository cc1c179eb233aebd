import { describe, expect, it } from "vitest";
import { choose, chosen, including, parse, quote, toggle, typing, without } from "../../src/lib/filter";

const example = 'severity:critical,high state:open app:com.example.* due<2026-12-01 -kind:forge "session cookie"';

describe("parse", () => {
  it("takes the terms of the grammar apart", () => {
    const terms = parse(example);
    expect(terms.map((term) => term.field)).toEqual(["severity", "state", "app", "due", "kind", undefined]);
    expect(terms[0]?.values).toEqual(["critical", "high"]);
    expect(terms[3]).toMatchObject({ operator: "<", values: ["2026-12-01"], negated: false });
    expect(terms[4]).toMatchObject({ negated: true, values: ["forge"] });
    expect(terms[5]).toMatchObject({ values: ["session cookie"], negated: false });
  });

  it("keeps quoted values with spaces and commas whole", () => {
    expect(parse('org:"Acme, Inc",Borealis')[0]?.values).toEqual(["Acme, Inc", "Borealis"]);
  });

  it("knows where a term begins", () => {
    expect(parse("  state:open   kind:forge").map((term) => term.at)).toEqual([2, 15]);
  });

  it("reads operators before the single signs", () => {
    expect(parse("due>=+2w last_scan<=-7d").map((term) => [term.operator, ...term.values])).toEqual([
      [">=", "+2w"],
      ["<=", "-7d"],
    ]);
  });

  it("makes words of what is no field, an address for one", () => {
    expect(parse("https://app.example/x")[0]?.field).toBe("https");
    expect(parse('"https://app.example/x"')[0]?.field).toBeUndefined();
    expect(parse("Charts")[0]).toMatchObject({ values: ["Charts"] });
  });

  it("is content with nothing and with an open quote", () => {
    expect(parse("")).toEqual([]);
    expect(parse('"open end')[0]?.values).toEqual(["open end"]);
  });
});

describe("changes", () => {
  it("toggles values and keeps the place of the term", () => {
    expect(toggle("state:open severity:critical due<+7d", "severity", "high")).toBe(
      "state:open severity:critical,high due<+7d",
    );
    expect(toggle("state:open severity:critical,high", "severity", "critical")).toBe("state:open severity:high");
    expect(toggle("state:open severity:critical", "severity", "critical")).toBe("state:open");
    expect(toggle("", "state", "open")).toBe("state:open");
  });

  it("joins several terms of one field into one", () => {
    expect(choose("state:open x state:fixed", "state", ["gone"])).toBe("state:gone x");
  });

  it("leaves negated and compared terms alone", () => {
    expect(chosen("-state:open severity:low", "state")).toEqual([]);
    expect(choose("-state:open", "state", ["fixed"])).toBe("-state:open state:fixed");
  });

  it("quotes what needs it, and reads it again", () => {
    expect(quote("Acme, Inc")).toBe('"Acme, Inc"');
    expect(quote("https://a.example")).toBe("https://a.example");
    expect(parse(`org:${quote("Acme, Inc")}`)[0]?.values).toEqual(["Acme, Inc"]);
  });

  it("adds a term once and takes one away by its place", () => {
    expect(including("state:open", "open>0")).toBe("state:open open>0");
    expect(including("state:open open>0", "open>0")).toBe("state:open open>0");
    expect(without("a state:open b", 2)).toBe("a b");
  });
});

describe("typing", () => {
  it("sees the beginning of a field", () => {
    expect(typing("state:open sev", 14)).toEqual({ from: 11, part: "sev" });
  });
  it("sees the value of a field after a comma", () => {
    expect(typing("severity:critical,hi", 20)).toEqual({ from: 18, field: "severity", part: "hi" });
  });
  it("sees nothing after a space", () => {
    expect(typing("state:open ", 11)).toEqual({ from: 11, part: "" });
  });
});
