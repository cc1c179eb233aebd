// A running `assay serve` for the browser's tests, and a site with faults for it to scan. All on loopback.

import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { createServer } from "node:https";
import { createServer as listenAnywhere } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const patience = 120_000; // of one step, on a slow machine with a scan under way
const random = (seed, length) => createHash("sha256").update(seed).digest("hex").slice(0, length);

/** Gives what `look` gives once that is truthy; asks again until then. */
export async function until(what, look) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${patience / 1000} s for ${what}`);
    await new Promise((wake) => setTimeout(wake, 200));
  }
}

async function freePort() {
  const probe = listenAnywhere().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

/** HTTPS without HSTS, with a cookie for every script, a page that any cache may keep, and its errors for all to read. */
async function faultySite(scratch) {
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(scratch, name));
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"],
      ...["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
    ],
    { stdio: "ignore" },
  );
  const site = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    const found = request.url === "/";
    response.writeHead(found ? 200 : 500, {
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "public, max-age=600",
      "Set-Cookie": "session=1234567890abcdef; Path=/",
    });
    response.end(
      found ? "<!doctype html><title>A site</title><p>Hello." : "Error\n    at serve (/srv/app/index.js:10:5)\n",
    );
  });
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  return site;
}

function sourceTree(scratch) {
  const tree = join(scratch, "source");
  mkdirSync(join(tree, "conf"), { recursive: true });
  writeFileSync(join(tree, "conf", "app.env"), `GITLAB_TOKEN=glpat-${random("a token", 20)}\n`);
  writeFileSync(join(tree, "app.js"), "export const answer = 42;\n");
  return tree;
}

/** The product with one app in its ledger, which it scanned itself: a source tree with a secret. */
export async function start() {
  const assay = resolve(process.env.ASSAY ?? "../build/assay");
  const scratch = mkdtempSync(join(tmpdir(), "assay-product-"));
  const site = await faultySite(scratch);
  const evidenceKey = join(scratch, "evidence-key");
  writeFileSync(evidenceKey, random("evidence", 64), { mode: 0o600 });
  const env = { PATH: process.env.PATH, HOME: scratch, ASSAY_EVIDENCE_KEY_FILE: evidenceKey };
  const ledger = join(scratch, "ledger.db");
  const scan = [
    "scan",
    sourceTree(scratch),
    "--key",
    "acme-source",
    "--ledger",
    ledger,
    "--fail-on",
    "none",
    "--quiet",
  ];
  // 3: some of its requirements cannot be judged from here.
  await promisify(execFile)(assay, scan, { cwd: scratch, env }).catch((error) => {
    if (error.code !== 3) throw error;
  });

  const log = join(scratch, "log");
  const options = ["--ledger", ledger, "--log", log, "--listen", `127.0.0.1:${await freePort()}`];
  const limits = ["--allow-network", "127.0.0.0/8", "--rate", "0", "--second-look", "0"];
  const server = spawn(assay, ["serve", ...options, ...limits], {
    cwd: scratch,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  server.stderr.on("data", (text) => (said += text));
  const link = await until("the first-run link", () => {
    if (server.exitCode !== null) throw new Error(`assay serve ended: ${said}`);
    return said.match(/http:\/\/\S+\/auth\/first-run\?key=\S+/)?.[0];
  });
  return {
    link,
    base: new URL(link).origin,
    target: `https://127.0.0.1:${site.address().port}/`,
    log: () => readFileSync(log, "utf8"),
    async close() {
      server.kill("SIGTERM");
      if (server.exitCode === null) await once(server, "exit");
      site.closeAllConnections();
      site.close();
      rmSync(scratch, { recursive: true, force: true });
      if (server.exitCode !== 0) throw new Error(`assay serve ended with ${server.exitCode}: ${said}`);
    },
  };
}
