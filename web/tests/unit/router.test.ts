import { describe, expect, it } from "vitest";
import { address } from "../../src/api/client";
import { appPath, link, match } from "../../src/lib/router";

describe("addresses", () => {
  it("carry the key of any app there and back", () => {
    for (const key of ["com.example.charts", "https://app.example:8443", "a/b%c d"]) {
      expect(match("/apps/:app", appPath(key))).toEqual({ app: key });
      expect(match("/apps/:app/findings/:fingerprint", `${appPath(key)}findings/fp1-0a`)).toEqual({
        app: key,
        fingerprint: "fp1-0a",
      });
    }
    expect(match("/apps/:app", "/apps")).toBeUndefined();
    expect(match("/apps/:app", "/apps/%zz/")).toEqual({ app: "%zz" });
  });

  it("have their query written once", () => {
    expect(link("/tickets", { filter: "state:open due<+7d", sort: undefined })).toBe(
      "/tickets?filter=state%3Aopen+due%3C%2B7d",
    );
    expect(
      address("/apps/{app}/findings/{fingerprint}", { app: "a/b", fingerprint: "fp" }, { limit: 5, cursor: undefined }),
    ).toBe("/api/v1/apps/a%2Fb/findings/fp?limit=5");
  });
});
