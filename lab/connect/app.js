// The lab's Connect app. The environment decides which of its lives it leads:
//   AC_OPTS=no-auth   the framework verifies nothing (the twin)
//   LAB_SLOPPY=1      cookies without flags, no protective headers, stack traces in errors, TRACE echoed
//   LAB_ROLES=off     authenticated users are not checked for being administrators
"use strict";

const express = require("express");
const bodyParser = require("body-parser");
const connect = require("atlassian-connect-express");
const { create } = require("./memory-store");

const sloppy = process.env.LAB_SLOPPY === "1";
const checksRoles = process.env.LAB_ROLES !== "off";
const administrators = new Set(["lab-administrator"]);

connect.store.register("memory", create);
const quiet = { info() {}, warn() {}, error(...parts) { console.error(...parts); } };
const app = express();
const addon = connect(app, {}, quiet, () => {
  if (sloppy) {
    // Last of all routes. Express shows the stack of unhandled errors outside production.
    app.use((request, response, next) => next(Object.assign(new Error(`no route for ${request.path}`), { status: 404 })));
  }
});

app.disable("etag");
if (!sloppy) {
  app.disable("x-powered-by");
}

app.use((request, response, next) => {
  if (sloppy) {
    response.append("Set-Cookie", "connect.sid=s%3A7f3a9c52e1d84b06.c2lnbmF0dXJl; Path=/");
  } else {
    response.set("Cache-Control", "no-store, no-cache, max-age=0");
    response.set("Referrer-Policy", "no-referrer");
    response.set("X-Content-Type-Options", "nosniff");
    response.append("Set-Cookie", "__Host-session=7f3a9c52e1d84b06c2a1; Path=/; Secure; HttpOnly; SameSite=None");
  }
  if (request.method === "TRACE" && sloppy) {
    const fields = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    response.type("message/http").send(`TRACE ${request.originalUrl} HTTP/1.1\r\n${fields}\r\n`);
    return;
  }
  next();
});
app.use(bodyParser.urlencoded({ extended: false }));
app.use(bodyParser.json());
app.use(addon.middleware());

const page = title => (request, response) => {
  response.type("html").send(`<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>` +
    `<p>Tenant data of ${title}: 17 issues, owner Jane Roe. No error occurred.</p></html>`);
};
const done = (request, response) => response.status(204).end();
const administratorsOnly = (request, response, next) => {
  if (checksRoles && !sloppy && !administrators.has(response.locals.userAccountId)) {
    response.status(403).type("text").send("Administrators only.");
    return;
  }
  next();
};

for (const path of ["/board/:project", "/panel", "/glance", "/workflow/view", "/branches/new", "/nested/panel"]) {
  app.get(path, addon.authenticate(), page(path));
}
for (const path of ["/admin", "/configure", "/audit"]) {
  app.get(path, addon.authenticate(), administratorsOnly, page(path));
}
for (const path of ["/enabled", "/disabled", "/workflow/run"]) {
  app.post(path, addon.authenticate(), done);
}
app.post("/uninstalled", addon.authenticateInstall(), done);

// Public by design: they hold nothing of a tenant.
for (const path of ["/shell", "/welcome", "/background"]) {
  app.get(path, (request, response) => response.type("html").send("<!doctype html><title>Lab</title>"));
}
app.get("/", (request, response) => response.redirect(302, "/atlassian-connect.json"));

app.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("listening"));
