import { describe, expect, it } from "vitest";
import { fieldName, fieldsOf, isMarked, missing, quoted } from "../../src/evidence/marks";

const fields = [
  { name: "Content-Type", value: "text/html" },
  { name: "Set-Cookie", value: "connect.sid=x; Path=/" },
  { name: "Set-Cookie", value: "other=y; Secure" },
];

describe("marks", () => {
  it("points at the field that the requirement judges", () => {
    const pointer = { requirement: "hsts", locator: "missing", proof: "" };
    expect(missing(fields, pointer)).toEqual(["strict-transport-security"]);
    expect(fieldName("strict-transport-security")).toBe("Strict-Transport-Security");
    expect(missing([{ name: "strict-transport-security", value: "max-age=1" }], pointer)).toEqual([]);
  });

  it("points at the field that the locator names", () => {
    expect(fieldsOf({ requirement: "security-headers", locator: "X-Frame-Options", proof: "" })).toEqual([
      "x-frame-options",
    ]);
    expect(fieldsOf({ requirement: "authn-endpoint", locator: "no-token", proof: "" })).toEqual([]);
  });

  it("marks only the cookie that the locator names", () => {
    const pointer = { requirement: "cookie-flags", locator: "connect.sid:Secure", proof: "" };
    expect(fields.map((field) => isMarked(field, pointer))).toEqual([false, true, false]);
    expect(missing(fields, pointer)).toEqual([]);
  });

  it("finds the lines that the proof quotes", () => {
    const pointer = {
      requirement: "error-leak",
      locator: "stack-trace",
      proof: "GET x was answered 404\nat Layer.handle (/srv/app/layer.js:95:5)",
    };
    expect(quoted("    at Layer.handle (/srv/app/layer.js:95:5)", pointer)).toBe(true);
    expect(quoted("<html>", pointer)).toBe(false);
    expect(quoted("at", pointer)).toBe(false);
  });
});
