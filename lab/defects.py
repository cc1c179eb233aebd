"""A Connect app with one defect per endpoint, and beside each defect the harmless look-alike. Plain HTTP; nginx is in front."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
import urllib.parse


def _decode(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class Token:
    """What a request carries: the three parts read, nothing verified."""

    def __init__(self, text):
        self.text = text
        self.algorithm, self.claims, self.readable = "", {}, False
        try:
            head, body, self.signature = text.split(".")
            self.algorithm = json.loads(_decode(head))["alg"]
            self.claims = json.loads(_decode(body))
            self.readable = isinstance(self.claims, dict)
        except (ValueError, KeyError, TypeError):
            pass

    def signed_with(self, key):
        signed = self.text.rpartition(".")[0].encode()
        wanted = base64.urlsafe_b64encode(hmac.new(key.encode(), signed, hashlib.sha256).digest()).rstrip(b"=").decode()
        return self.readable and self.algorithm == "HS256" and hmac.compare_digest(wanted, self.signature)


class DefectsApp:
    def __init__(self, base_url, tenant):
        self.base_url, self.tenant = base_url, tenant
        # path → (accepts, what is wrong; "" for nothing). The outcome of authn-endpoint (or signed-install) follows.
        self.pages = {
            "/sound": (self._sound, ""),
            "/open": (lambda token, path: True, "answers everybody; the page says error, 401 and unauthorized"),
            "/unverified": (lambda token, path: token.readable and token.algorithm == "HS256", "never verifies the signature"),
            "/alg-none": (lambda token, path: self._sound(token, path) or token.readable and token.algorithm.lower() == "none",
                          "accepts alg=none"),
            "/empty-key": (lambda token, path: self._sound(token, path) or token.signed_with(""), "accepts the empty key"),
            "/expired": (lambda token, path: self._bound(token, path), "accepts expired tokens"),
            "/any-hash": (lambda token, path: self._fresh(token) and self._known(token), "ignores the query hash"),
        }
        self.hooks = {"/hooks/add": (lambda token, path: True, "accepts unsigned installs"),
                      "/hooks/remove": (lambda token, path: token.readable and token.algorithm == "RS256",
                                        "accepts every RS256 signature")}

    def descriptor(self):
        pages = [{"key": path[1:], "name": {"value": path}, "url": path} for path in
                 (*self.pages, "/login-redirect", "/maintenance", "/missing", "/installation-guide")]
        return {"key": "lab-defects-app", "name": "Lab defects", "baseUrl": self.base_url, "authentication": {"type": "jwt"},
                "apiMigrations": {"signed-install": True}, "scopes": ["READ"],
                "lifecycle": {"installed": "/hooks/add", "uninstalled": "/hooks/remove"}, "modules": {"generalPages": pages}}

    def expected(self, with_tenant):
        """Verdicts by (requirement, path). Which tokens can be made, and so what is seen, depends on the tenant."""
        unseen = {"/empty-key"} if with_tenant else {"/expired", "/any-hash"}
        verdicts = {("authn-endpoint", path): "fail" if wrong and path not in unseen else "pass"
                    for path, (_, wrong) in self.pages.items()}
        verdicts |= {("signed-install", path): "fail" for path in self.hooks}
        verdicts |= {("authn-endpoint", "/login-redirect"): "pass", ("authn-endpoint", "/maintenance"): "inconclusive",
                     ("authn-endpoint", "/installation-guide"): "pass"}
        return verdicts

    def _known(self, token):
        return token.claims.get("iss") == self.tenant["clientKey"] and token.signed_with(self.tenant["sharedSecret"])

    def _bound(self, token, path):
        return self._known(token) and token.claims.get("qsh") == hashlib.sha256(f"GET&{path}&".encode()).hexdigest()

    @staticmethod
    def _fresh(token):
        return isinstance(token.claims.get("exp"), (int, float)) and token.claims["exp"] > time.time()

    def _sound(self, token, path):
        return self._bound(token, path) and self._fresh(token)

    def answer(self, method, target, fields):
        """(status, extra fields, content type, body) for one request."""
        url = urllib.parse.urlsplit(target)
        given = fields.get("authorization", "").removeprefix("JWT ") or urllib.parse.parse_qs(url.query).get("jwt", [""])[0]
        token, path = Token(given), url.path
        if path == "/atlassian-connect.json":
            return 200, {}, "application/json", json.dumps(self.descriptor())
        if path in self.hooks:
            if method != "POST":
                return 405, {"Allow": "POST"}, "text/plain", "POST only"
            return (204, {}, "text/plain", "") if self.hooks[path][0](token, path) else (401, {}, "text/plain", "No valid token")
        if path == "/login-redirect":
            return 302, {"Location": "https://login.foreign-site.lab/authorize"}, "text/plain", ""
        if path == "/maintenance":
            return 503, {}, "text/html", "<!doctype html><title>Back soon</title>"
        if path == "/installation-guide":
            return (200 if self._sound(token, path) else 401), {}, "text/html", "<!doctype html><title>Guide</title>"
        if path not in self.pages:
            return 404, {}, "text/plain", "Nothing here"
        if method != "GET":
            return 405, {"Allow": "GET"}, "text/plain", "GET only"
        if not self.pages[path][0](token, path):
            return 401, {}, "text/plain", "No valid token"
        return 200, {}, "text/html", (f"<!doctype html><title>{path}</title><p onerror=\"\">401 unauthorized error invalid: none of "
                                      "these words makes this tenant data less public.</p>")

    async def serve(self, port):
        async def talk(reader, writer):
            try:
                while await self._exchange(reader, writer):
                    pass
            except (asyncio.TimeoutError, asyncio.IncompleteReadError, ConnectionError, ValueError):
                pass
            finally:
                writer.close()

        return await asyncio.start_server(talk, "127.0.0.1", port)

    async def _exchange(self, reader, writer):
        line = (await asyncio.wait_for(reader.readline(), 30)).decode("latin-1").split()
        if len(line) != 3:
            return False
        fields = {}
        while text := (await asyncio.wait_for(reader.readline(), 30)).decode("latin-1").strip():
            name, _, value = text.partition(":")
            fields[name.lower()] = value.strip()
        await reader.readexactly(int(fields.get("content-length", "0")))
        status, extra, kind, body = self.answer(line[0], line[1], fields)
        head = [f"HTTP/1.1 {status} Lab", f"Content-Type: {kind}", "Cache-Control: no-store, no-cache", "Referrer-Policy: no-referrer",
                *(f"{name}: {value}" for name, value in extra.items())]
        data = b"" if line[0] == "HEAD" or status == 204 else body.encode()
        if status != 204:
            head.append(f"Content-Length: {len(body.encode())}")
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + data)
        await writer.drain()
        return True
