// What people do with the dashboard, each from the beginning.

import assert from "node:assert/strict";
import { narrow, settle, shoot, violations } from "./harness.mjs";

const openDialog = (page) => page.locator("dialog[open]");

/** Opens a page of the fixture's marketplace. */
async function at({ newPage, base }, path, options) {
  const opened = await newPage(options);
  await opened.page.goto(base + path);
  await settle(opened.page);
  return opened;
}

export const flows = {
  async "keyboard-walk"(world) {
    const { page } = await at(world, "/");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "To the content");
    await page.keyboard.press("g");
    await page.keyboard.press("f");
    await page.waitForURL("**/findings");
    await settle(page);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "main", "a new page takes the focus");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    const rows = page.locator("[data-row]");
    assert.equal(await rows.nth(1).evaluate((row) => row.contains(document.activeElement)), true, "j walks the rows");
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/findings/fp1-*");
    await page.keyboard.press("?");
    await openDialog(page).waitFor();
    assert.deepEqual(await violations(page), []);
    await shoot(page, "help");
    await page.keyboard.press("Escape");
    await openDialog(page).waitFor({ state: "detached" });
    await page.goBack();
    await page.waitForURL("**/findings");
  },

  async "filter-in-address"(world) {
    const { page } = await at(world, "/findings");
    await page.keyboard.press("/");
    await page.keyboard.type("sev");
    await page.getByRole("option", { name: "severity:" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.type("crit");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.waitForURL(/filter=severity%3Acritical/);
    await page.getByRole("button", { name: /^High/, pressed: false }).click();
    await page.waitForURL(/filter=severity%3Acritical%2Chigh/);
    await settle(page);
    const shown = await page.locator("td .badge.sev").allInnerTexts();
    assert.ok(shown.length > 0 && shown.every((one) => /Critical|High/.test(one)), String(shown));
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page
        .getByRole("button", { name: "Export" })
        .click()
        .then(() => page.getByRole("link", { name: /^CSV/ }).click()),
    ]);
    assert.match(download.url(), /exports\/findings\?filter=severity%3Acritical%2Chigh&format=csv/);
    await page.getByRole("button", { name: "Severity" }).click();
    await page.waitForURL(/sort=severity/);
    await page.reload();
    await settle(page);
    assert.equal(await page.getByRole("combobox").inputValue(), "severity:critical,high");
  },

  async "save-a-view"(world) {
    const { page } = await at(world, "/findings?filter=state:open");
    await page.getByRole("button", { name: "Views" }).click();
    await page.getByRole("button", { name: /Save what is shown/ }).click();
    await openDialog(page).getByLabel("Name").fill("Open now");
    await openDialog(page).getByRole("button", { name: "Save view" }).click();
    await page.getByText("Saved the view “Open now”.").waitFor();
    await page.getByRole("button", { name: "Views" }).click();
    await page.getByRole("button", { name: "Open now", exact: true }).waitFor();
  },

  async "import-apps"(world) {
    const { page } = await at(world, "/apps");
    await page.getByRole("button", { name: "Import" }).click();
    await page
      .getByLabel("Or paste the lines")
      .fill("key,name,kind,target\ncom.new.one,One,connect,https://one.example/d.json\ncom.new.two,Two\n");
    await openDialog(page).getByRole("button", { name: "Import", exact: true }).click();
    await page.getByText("1 line left out").waitFor();
    assert.match(await openDialog(page).innerText(), /The line has 2 cells/);
    assert.deepEqual(await violations(page), []);
    await shoot(page, "import");
  },

  async "add-app-that-is-there"(world) {
    const { page } = await at(world, "/apps");
    await page.getByRole("button", { name: "Add app" }).click();
    await openDialog(page).getByLabel("Key").fill("lab-bad-app");
    await openDialog(page).getByLabel("Target").fill("https://bad-app.lab/atlassian-connect.json");
    await openDialog(page).getByRole("button", { name: "Add app" }).click();
    await openDialog(page).getByRole("alert").waitFor();
    assert.match(
      await openDialog(page).getByRole("alert").innerText(),
      /already[\s\S]*HTTP 409[\s\S]*request 01jfixture/,
    );
    await shoot(page, "add-app");
  },

  async "scan-now-live"(world) {
    const { page } = await at(world, "/apps/lab-bad-app/");
    await page.getByRole("button", { name: "Scan now" }).click();
    await page.getByText(/step \d of 6/).waitFor();
    await shoot(page, "scan-live");
    await page.getByText("The scan is done.").waitFor();
  },

  async "somebody-was-faster"(world) {
    const { page } = await at(world, "/tickets?filter=state:needs-patch&sort=ticket");
    await page.locator("[data-row] a").first().click();
    await page.waitForURL("**/tickets/*");
    await settle(page);
    const id = new URL(page.url()).pathname.split("/").pop();
    const etag = (await page.request.get(`${world.base}/api/v1/tickets/${id}`)).headers().etag;
    const other = await page.request.put(`${world.base}/api/v1/tickets/${id}/assignee`, {
      data: { assignee: "x@y.example" },
      headers: { "If-Match": etag, "X-CSRF-Token": "fixture-csrf", "Content-Type": "application/json" },
    });
    assert.equal(other.status(), 200);
    await page.getByRole("button", { name: "Waiting for release…" }).click();
    await openDialog(page).getByRole("button", { name: "Move" }).click();
    await page.getByText("Somebody changed this meanwhile").waitFor();
    assert.deepEqual(await violations(page), []);
    await shoot(page, "conflict");
  },

  async "bulk-triage"(world) {
    const { page } = await at(world, "/tickets?filter=live:yes&sort=due");
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await page.getByText("1 ticket selected").waitFor();
    await page.getByLabel("Select all on this page").check();
    await page.getByRole("button", { name: "Move…" }).click();
    await shoot(page, "bulk");
    await openDialog(page).getByRole("button", { name: "Move", exact: true }).click();
    await openDialog(page).getByText("A decision is waited for.").first().waitFor();
    assert.match(await page.locator(".toast").innerText(), /Moved \d+ tickets, \d+ stayed/);
  },

  async "extension-and-decision"(world) {
    const { page } = await at(world, "/tickets?filter=state:needs-patch severity:low", { as: "partner" });
    const row = page.locator("[data-row] a").first();
    if ((await row.count()) === 0) return;
    await row.click();
    await page.getByRole("button", { name: "Ask for more time…" }).click();
    await openDialog(page).getByLabel("Plan").fill("Two steps, three weeks.");
    await openDialog(page).getByRole("button", { name: "Ask", exact: true }).click();
    await page.getByText("Two steps, three weeks.").first().waitFor();
    assert.equal(await page.getByRole("button", { name: "Approve…" }).count(), 0, "who asked does not decide");
    const triager = await at(world, new URL(page.url()).pathname, { as: "triager" });
    await triager.page.getByRole("button", { name: "Approve…" }).click();
    await openDialog(triager.page).getByRole("button", { name: "Approve" }).click();
    await triager.page.locator(".toast").getByText("Approved.").waitFor();
  },

  async "roles-see-their-own"(world) {
    const { page } = await at(world, "/", { as: "auditor" });
    await page.getByRole("link", { name: "Audit log" }).waitFor();
    await page.goto(`${world.base}/apps`);
    await settle(page);
    assert.equal(await page.getByRole("button", { name: "Add app" }).count(), 0);
    const partner = await at(world, "/apps", { as: "partner" });
    assert.equal(await partner.page.getByRole("link", { name: "Audit log" }).count(), 0);
    assert.equal(await partner.page.getByText("lab-bad-app").count(), 0);
  },

  async "sign-in"(world) {
    const { page } = await at(world, "/tickets?filter=overdue:yes", { as: "nobody" });
    const link = page.getByRole("link", { name: "Sign in" });
    assert.equal(await link.getAttribute("href"), "/auth/login?return_to=%2Ftickets%3Ffilter%3Doverdue%3Ayes");
    assert.deepEqual(await violations(page), []);
    await shoot(page, "sign-in");
  },

  async "narrow-menu-and-dark"(world) {
    const { page } = await at(world, "/", { size: narrow });
    await page.getByRole("button", { name: "Menu" }).click();
    await shoot(page, "menu-narrow");
    await page.getByRole("button", { name: "Dark" }).click();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    assert.deepEqual(await violations(page), []);
    await page.getByRole("link", { name: "Tickets", exact: true }).click();
    await page.waitForURL("**/tickets");
    assert.equal(await page.getByRole("link", { name: "Apps", exact: true }).isVisible(), false, "the menu closes");
  },

  async offline(world) {
    const { page, complaints } = await at(world, "/apps");
    await page.context().setOffline(true);
    await page.getByText("You are offline.").waitFor();
    await page.getByRole("link", { name: "Lab: bad app" }).click();
    await page
      .getByText(/No connection to the server|The dashboard failed|Failed to fetch/)
      .first()
      .waitFor();
    complaints.splice(0); // the browser names each failed request
    await page.context().setOffline(false);
  },
};
