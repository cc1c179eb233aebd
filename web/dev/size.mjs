// What the first view costs: everything that the browser loads to show the posture page. Fails above the budget.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const kBudget = 60_000;
const dist = new URL("../dist/", import.meta.url);
const read = (name) => readFileSync(new URL(name, dist));

// The entry and its style from index.html, then the page's own chunk with everything that it imports.
const html = read("index.html").toString();
const queue = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((found) => found[1]);
const entry = queue.find((name) => name.endsWith(".js"));
const posture =
  read(entry)
    .toString()
    .match(/assets\/posture-[\w-]+\.(?:js|css)/g) ?? [];
queue.push(...posture);
const loaded = new Map();
while (queue.length > 0) {
  const name = queue.pop();
  if (loaded.has(name)) continue;
  loaded.set(name, gzipSync(read(name), { level: 9 }).length);
  if (!name.endsWith(".js")) continue;
  for (const [, imported] of read(name)
    .toString()
    .matchAll(/(?:from|import)\s*"\.\/([\w.-]+)"/g))
    queue.push(`assets/${imported}`);
}

const total = [...loaded.values()].reduce((sum, size) => sum + size, 0) + gzipSync(html).length;
for (const [name, size] of loaded) console.log(`${String(size).padStart(7)} B  ${name}`);
console.log(`${String(total).padStart(7)} B  first view, gzipped (at most ${kBudget})`);
if (posture.length === 0 || total > kBudget) {
  console.error(
    posture.length === 0 ? "size: the posture page's chunk was not found" : "size: the first view is too heavy",
  );
  process.exit(1);
}
