// The dashboard on a real `assay serve`: from the first-run link and an empty market to findings, tickets and exports,
// then every page in every look, and that nothing of it breaks the page's own policy. ASSAY names the program (default
// ../build/assay); ASSAY_SHOTS=DIR keeps screenshots.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { launch, narrow, newPage, overflow, settle, shoot, violations, wide } from "./harness.mjs";
import { start, until } from "./product.mjs";

const site = "acme-site";
const dialog = (page) => page.locator("dialog[open]");

const product = await start();
const browser = await launch();
const world = { browser, base: product.base };
const { page, complaints } = await newPage(world, { cookies: [] });
page.setDefaultTimeout(60_000);

const get = async (path) => {
  const answer = await page.request.get(`${product.base}/api/v1${path}`);
  assert.equal(answer.status(), 200, `${path}: ${await answer.text()}`);
  return answer.json();
};
const go = async (path) => {
  await page.goto(product.base + path);
  await settle(page);
};

async function scanNow() {
  await go(`/apps/${site}/`);
  const before = (await get(`/apps/${site}`)).last_scan;
  await page.getByRole("button", { name: "Scan now" }).click();
  await page.getByText("Asked for a scan.").waitFor();
  await until("the scan", async () => {
    const { last_scan } = await get(`/apps/${site}`);
    return last_scan && last_scan !== before;
  });
}

const steps = {
  async "first-run-link"() {
    await go("/");
    await page.getByRole("link", { name: "Sign in" }).waitFor();
    await page.goto(product.link);
    await settle(page);
    assert.equal(new URL(page.url()).pathname, "/");
    assert.equal((await get("/me")).role, "admin");
  },

  async "import-apps"() {
    await go("/apps");
    await page.getByRole("button", { name: "Import" }).click();
    const lines = [
      "key,name,kind,target",
      `${site},Acme site,service,${product.target}`,
      "acme-quiet,Acme quiet,service,https://quiet.example/",
      "broken line",
    ];
    await page.getByLabel("Or paste the lines").fill(`${lines.join("\n")}\n`);
    await dialog(page).getByRole("button", { name: "Import", exact: true }).click();
    await page.getByText("1 line left out").waitFor();
    await go("/apps/acme-quiet/");
    await page.reload();
    await settle(page);
    assert.equal(await page.locator("h1").innerText(), "Acme quiet");
    await go("/apps");
    for (const key of [site, "acme-quiet", "acme-source"]) await page.getByText(key, { exact: true }).first().waitFor();
  },

  // What rests on the network opens at the second look.
  async "scan-twice"() {
    await scanNow();
    await scanNow();
    await until("findings", async () => (await get(`/findings?filter=app:${site} state:open`)).items.length >= 3);
    await until("tickets", async () => (await get("/tickets?filter=live:yes")).items.length >= 3);
    await go(`/apps/${site}/?tab=findings`);
    await page.locator("[data-row]").first().waitFor();
  },

  async "ticket-moves-and-stays-moved"() {
    await go("/tickets?filter=state:needs-patch");
    await page.locator("[data-row] a").first().click();
    await page.waitForURL("**/tickets/*");
    await settle(page);
    await page.getByRole("button", { name: "Waiting for release…" }).click();
    await dialog(page).getByRole("button", { name: "Move" }).click();
    await dialog(page).waitFor({ state: "detached" });
    const id = new URL(page.url()).pathname.split("/").pop();
    await until("the move", async () => (await get(`/tickets/${id}`)).state === "waiting-for-release");
    await page.reload();
    await settle(page);
    await page.getByText("Waiting for release", { exact: true }).first().waitFor();
  },

  async "bulk-triage"() {
    await go("/tickets?filter=state:needs-patch");
    const { items } = await get("/tickets?filter=state:needs-patch");
    await page.getByLabel("Select all on this page").check();
    await page.getByText(new RegExp(`${items.length} tickets? selected`)).waitFor();
    await page.getByRole("button", { name: "Move…" }).click();
    await dialog(page).getByRole("button", { name: "Move", exact: true }).click();
    await until("the moves", async () => (await get("/tickets?filter=state:needs-patch")).items.length < items.length);
  },

  async "export-is-what-is-shown"() {
    await go(`/findings?filter=app:${site}`);
    const { items } = await get(`/findings?filter=app:${site}`);
    await page.getByRole("button", { name: "Export" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: /^CSV/ }).click(),
    ]);
    const text = readFileSync(await download.path(), "utf8");
    for (const { fingerprint } of items) assert.ok(text.includes(fingerprint), fingerprint);
    assert.ok(!text.includes("acme-source"));
  },
};

async function pages() {
  const { items } = await get("/findings?filter=state:open");
  const one = (name) => items.find((finding) => finding.requirement === name);
  const findings = ["hsts", "cookie-flags", "cert-valid", "cache-control", "error-leak", "secrets-source"].filter(one);
  assert.ok(findings.length >= 3, `findings of ${items.map((finding) => finding.requirement)}`);
  const ticket = (await get("/tickets")).items[0].id;
  const { last_scan: scan } = await get(`/apps/${site}`);
  const tabs = ["verdicts", "findings", "tickets", "scans", "releases", "requests", "contacts"];
  const admin = ["people", "approvals", "organisations", "sinks", "pauses", "policy", "tokens"];
  return [
    ["posture", "/"],
    ["apps", "/apps"],
    ...tabs.map((tab) => [`app-${tab}`, `/apps/${site}/?tab=${tab}`]),
    ["app-source", "/apps/acme-source/"],
    ["app-never-scanned", "/apps/acme-quiet/"],
    ["findings", "/findings"],
    ...findings.map((name) => [`finding-${name}`, `/apps/${one(name).app}/findings/${one(name).fingerprint}`]),
    ["tickets", "/tickets"],
    ["ticket", `/tickets/${ticket}`],
    ["requirements", "/requirements"],
    ["requirement", "/requirements/hsts"],
    ["scans", "/scans"],
    ["scans-done", "/scans?tab=done"],
    ["scan", `/scans/${scan}`],
    ["scan-evidence", `/scans/${scan}?tab=evidence`],
    ...admin.map((tab) => [`admin-${tab}`, `/admin?tab=${tab}`]),
    ["audit", "/audit"],
    ["not-found", "/nowhere"],
  ];
}

const failures = [];
const fail = (where, what) => {
  failures.push(`${where}: ${what}`);
  console.log(`  FAIL ${where}: ${what}`);
};

async function look(theme, size, label, places, cookies) {
  const other = await newPage(world, { theme, size, cookies });
  other.page.setDefaultTimeout(60_000);
  for (const [name, place] of places) {
    const where = `${name} (${label})`;
    try {
      await other.page.goto(product.base + place);
      await settle(other.page);
      for (const one of await violations(other.page)) fail(where, one);
      const over = await overflow(other.page);
      if (over) fail(where, over);
      await shoot(other.page, `real-${name}-${label}`);
    } catch (error) {
      fail(where, error.message);
    }
    for (const one of other.complaints.splice(0)) fail(where, one);
  }
  await other.close();
  console.log(`real pages, ${label}: done`);
}

// Nothing until here broke the policy; what does is told, which shows that the silence before means something.
async function policy() {
  if (product.log().includes("csp.report")) fail("policy", "the browser has reported a violation; see its complaints");
  await page.goto(product.base);
  await page.evaluate(() =>
    document.body.append(Object.assign(new Image(), { src: "https://elsewhere.invalid/a.png" })),
  );
  await until("the report of a violation", () => product.log().includes("csp.report"));
}

try {
  for (const [name, step] of Object.entries(steps)) {
    await step();
    for (const one of complaints.splice(0)) fail(name, one);
    console.log(`  ok ${name}`);
  }
  const places = await pages();
  const cookies = await page.context().cookies();
  await look("light", wide, "light", places, cookies);
  await look("dark", wide, "dark", places, cookies);
  await look("light", narrow, "narrow", places, cookies);
  await look("dark", narrow, "narrow-dark", places, cookies);
  await policy();
  console.log("  ok policy");
} catch (error) {
  fail("steps", error.stack);
  await shoot(page, "real-failed");
} finally {
  await browser.close();
  await product.close();
}
console.log(failures.length ? `${failures.length} failures` : "real server: everything holds");
process.exit(failures.length ? 1 : 0);
