#!/usr/bin/env python3
"""Signs in to `assay serve` through a real OpenID provider (oidc-provider from npm), as a browser would.

    python3 tests/peers/test_oidc.py build/assay
"""

import http.cookiejar
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ASSAY = ""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def install_modules():
    if not (HERE / "oidc/node_modules/oidc-provider").is_dir():
        print("installing oidc-provider (npm ci, once)", file=sys.stderr, flush=True)
        subprocess.run(["npm", "ci", "--silent"], cwd=HERE / "oidc", check=True)


class Browser:
    """Cookies and redirects, and the provider's two forms."""

    def __init__(self):
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def open(self, url, fields=None, headers=None):
        data = urllib.parse.urlencode(fields).encode() if fields is not None else None
        request = urllib.request.Request(url, data=data, headers=headers or {})
        try:
            return self.opener.open(request, timeout=20)
        except urllib.error.HTTPError as error:
            return error

    def sign_in(self, server, name):
        answer = self.open(f"{server}/auth/login?return_to=/apps")
        for _ in range(3):  # login, then consent
            page = answer.read().decode()
            form = re.search(r'<form[^>]* action="([^"]+)"', page)
            prompt = re.search(r'name="prompt" value="([^"]+)"', page)
            if not form or not prompt:
                return answer, page
            fields = {"prompt": prompt.group(1)}
            if prompt.group(1) == "login":
                fields |= {"login": name, "password": "x"}
            answer = self.open(urllib.parse.urljoin(answer.url, form.group(1)), fields)
        return answer, answer.read().decode()


class OidcTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        install_modules()
        cls.scratch = tempfile.TemporaryDirectory(prefix="assay-oidc-")
        scratch = Path(cls.scratch.name)
        (scratch / "secret").write_text("a secret: with signs\n")
        issuer_port, port = free_port(), free_port()
        cls.issuer, cls.server = f"http://127.0.0.1:{issuer_port}", f"http://127.0.0.1:{port}"
        cls.provider = subprocess.Popen(
            ["node", "provider.js", str(issuer_port), f"{cls.server}/auth/callback"],
            cwd=HERE / "oidc", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert cls.provider.stdout.readline().strip() == "ready"
        command = [ASSAY, "serve", "--ledger", str(scratch / "ledger.db"), "--listen", f"127.0.0.1:{port}",
                   "--log", str(scratch / "log"), "--oidc-issuer", cls.issuer, "--oidc-client-id", "assay",
                   "--oidc-client-secret-file", str(scratch / "secret"), "--oidc-role", "admins=admin"]
        cls.assay = subprocess.Popen(command, cwd=scratch, stderr=subprocess.PIPE, text=True)
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{cls.server}/__lbheartbeat__", timeout=1)
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("assay serve did not start: " + cls.assay.stderr.read())

    @classmethod
    def tearDownClass(cls):
        cls.assay.terminate()
        cls.assay.communicate(timeout=30)
        cls.provider.terminate()
        cls.provider.communicate(timeout=30)
        cls.scratch.cleanup()

    def me(self, browser):
        return json.loads(browser.open(f"{self.server}/api/v1/me").read())

    def test_somebody_with_a_mapped_group_comes_in(self):
        browser = Browser()
        answer, _ = browser.sign_in(self.server, "admin")
        self.assertEqual(answer.url, f"{self.server}/apps")
        me = self.me(browser)
        self.assertEqual((me["email"], me["role"], me["via"]), ("admin@example.com", "admin", "session"))
        self.assertIn("administer", me["permissions"])
        out = browser.open(f"{self.server}/auth/logout", {}, {"X-CSRF-Token": me["csrf"]})
        self.assertEqual(out.status, 204)
        self.assertEqual(self.me(browser)["status"], 401)

    def test_others_do_not(self):
        browser = Browser()
        answer, page = browser.sign_in(self.server, "stranger")
        self.assertEqual(answer.status, 403)
        self.assertIn("has no role on this server", page)
        self.assertEqual(self.me(browser)["status"], 401)

    def test_an_invited_address_comes_in(self):
        admin = Browser()
        admin.sign_in(self.server, "admin")
        csrf = self.me(admin)["csrf"]
        request = urllib.request.Request(
            f"{self.server}/api/v1/people", method="POST",
            data=json.dumps({"email": "Guest@example.com", "role": "auditor"}).encode(),
            headers={"Content-Type": "application/json", "X-CSRF-Token": csrf})
        self.assertEqual(admin.opener.open(request).status, 201)
        guest = Browser()
        guest.sign_in(self.server, "guest")
        self.assertEqual(self.me(guest)["role"], "auditor")

    def test_an_answer_of_another_browser_is_refused(self):
        browser, other = Browser(), Browser()
        other.open(f"{self.server}/auth/login")
        answer = browser.open(f"{self.server}/auth/callback?code=x&state=y&iss={self.issuer}")
        self.assertEqual(answer.status, 400)
        answer = other.open(f"{self.server}/auth/callback?code=x&state=y&iss={self.issuer}")
        self.assertEqual(answer.status, 400)
        self.assertIn("(state)", answer.read().decode())

    def test_z_the_provider_may_change_its_keys(self):
        Browser().sign_in(self.server, "admin")  # the server has the present keys
        urllib.request.urlopen(urllib.request.Request(f"{self.issuer}/test/rotate", method="POST")).read()
        browser = Browser()
        browser.sign_in(self.server, "admin")
        self.assertEqual(self.me(browser).get("role"), "admin")


if __name__ == "__main__":
    ASSAY = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
