import { describe, expect, it } from "vitest";
import { fieldName, fieldsOf, isMarked, missing, quoted, segments } from "../../src/evidence/marks";

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

  it("finds what the proof quotes within a line", () => {
    const proof = 'GET x was answered 404\nat Layer.handle (/srv/app/layer.js:95:5)\n"NoSuchBucket"\n"no"';
    const pointer = { requirement: "error-leak", locator: "stack-trace", proof };
    expect(segments("<b>at Layer.handle (/srv/app/layer.js:95:5)</b>", pointer)).toEqual([
      { text: "<b>", marked: false },
      { text: "at Layer.handle (/srv/app/layer.js:95:5)", marked: true },
      { text: "</b>", marked: false },
    ]);
    expect(segments("<Code>NoSuchBucket</Code>NoSuchBucket", pointer).filter((one) => one.marked)).toHaveLength(2);
    expect(quoted("<html>no</html>", pointer)).toBe(false);
    expect(segments("plain", undefined)).toEqual([{ text: "plain", marked: false }]);
  });
});
