// Every page in light and dark, wide and narrow: no violation of accessibility rules, no complaint of the browser, no
// sideways scrolling. Then what people do with them. ASSAY_SHOTS=DIR keeps screenshots; arguments choose pages by name.

import { narrow, newPage, open, overflow, settle, shoot, violations, wide } from "./harness.mjs";
import { flows } from "./flows.mjs";

const app = "/apps/lab-bad-app/";
export const pages = [
  ["posture", "/"],
  ["apps", "/apps"],
  ["apps-filtered", "/apps?filter=kind:forge"],
  ["app", app],
  ["app-findings", `${app}?tab=findings`],
  ["app-tickets", `${app}?tab=tickets`],
  ["app-scans", `${app}?tab=scans`],
  ["app-releases", `${app}?tab=releases`],
  ["app-requests", `${app}?tab=requests`],
  ["app-contacts", `${app}?tab=contacts`],
  ["findings", "/findings"],
  ["finding-header", "@hsts"],
  ["finding-tls", "@tls-version"],
  ["finding-certificate", "@cert-valid"],
  ["finding-dns", "@dns-dangling"],
  ["finding-registry", "@domain-registered"],
  ["finding-leak", "@error-leak"],
  ["tickets", "/tickets?sort=due&filter=live:yes"],
  ["ticket", "#needs-patch"],
  ["ticket-extension", "#extension-requested"],
  ["requirements", "/requirements"],
  ["requirement", "/requirements/hsts"],
  ["scans", "/scans"],
  ["scans-done", "/scans?tab=done"],
  ["scan", "%"],
  ["scan-evidence", "%?tab=evidence"],
  ["admin-people", "/admin"],
  ["admin-approvals", "/admin?tab=approvals"],
  ["admin-organisations", "/admin?tab=organisations"],
  ["admin-sinks", "/admin?tab=sinks"],
  ["admin-pauses", "/admin?tab=pauses"],
  ["admin-policy", "/admin?tab=policy"],
  ["admin-tokens", "/admin?tab=tokens"],
  ["audit", "/audit"],
  ["bad-filter", "/findings?filter=colour:red"],
  ["empty", "/findings?filter=app:nobody"],
  ["not-found", "/nowhere"],
  ["no-such-app", "/apps/nobody/"],
];

/** Places that depend on what the fixtures made up. */
async function resolve(base, place) {
  const get = async (path) => (await fetch(`${base}/api/v1${path}`)).json();
  if (place.startsWith("@")) {
    const { items } = await get(
      `/findings?filter=${encodeURIComponent(`requirement:${place.slice(1)} organisation:assay-lab`)}`,
    ).catch(() => ({ items: [] }));
    const { items: all } = items
      ? { items }
      : await get(`/findings?filter=${encodeURIComponent(`requirement:${place.slice(1)}`)}`);
    const found = all.find((one) => !one.app.startsWith("com.") && !one.app.startsWith("http")) ?? all[0];
    return `/apps/${found.app}/findings/${found.fingerprint}`;
  }
  if (place.startsWith("#")) return `/tickets/${(await get(`/tickets?filter=state:${place.slice(1)}`)).items[0].id}`;
  if (place.startsWith("%")) return `/scans/${(await get("/apps/lab-bad-app")).last_scan}${place.slice(1)}`;
  return place;
}

const chosen = process.argv.slice(2); // names of pages and flows, or looks: light, dark, narrow, narrow-dark
const looks = ["light", "dark", "narrow", "narrow-dark"];
const wanted = (name, kind) => {
  const named = chosen.filter((one) => looks.includes(one) === (kind === "look"));
  return named.length === 0 || named.includes(name);
};
const failures = [];
const fail = (where, what) => {
  failures.push(`${where}: ${what}`);
  console.log(`  FAIL ${where}: ${what}`);
};

const world = await open();
try {
  for (const [theme, size, label] of [
    ["light", wide, "light"],
    ["dark", wide, "dark"],
    ["light", narrow, "narrow"],
    ["dark", narrow, "narrow-dark"],
  ]) {
    if (!wanted(label, "look")) continue;
    const { page, complaints, close } = await newPage(world, { theme, size });
    for (const [name, place] of pages) {
      if (!wanted(name)) continue;
      const where = `${name} (${label})`;
      try {
        await page.goto(world.base + (await resolve(world.base, place)));
        await settle(page);
        if (!process.env.ASSAY_QUICK) for (const one of await violations(page)) fail(where, one);
        const over = await overflow(page);
        if (over) fail(where, over);
        await shoot(page, `${name}-${label}`);
      } catch (error) {
        fail(where, error.message);
      }
      for (const one of complaints.splice(0)) fail(where, one);
    }
    await close();
    console.log(`pages, ${label}: done`);
  }
  for (const [name, flow] of Object.entries(flows)) {
    if (!wanted(name)) continue;
    const opened = [];
    try {
      await flow({ ...world, newPage: async (options) => opened[opened.push(await newPage(world, options)) - 1] });
      console.log(`  ok ${name}`);
    } catch (error) {
      fail(name, error.message);
    }
    for (const { complaints, close } of opened) {
      for (const one of complaints) fail(name, one);
      await close();
    }
  }
  for (const one of world.faults) fail("fixtures", one);
} finally {
  await world.close();
}
console.log(failures.length ? `${failures.length} failures` : "browser: everything holds");
process.exit(failures.length ? 1 : 0);
