"""Signed requests, checked as their receiver would: by docs/identify-the-scanner.md, with OpenSSL and none of Assay's code."""

import base64
import hashlib
import http.server
import json
import re
import subprocess
import threading
import time
import unittest

import harness

AGENT = "https://scanner.example.com"
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE")


class Recorder:
    """A server on loopback that keeps what it was asked: (method, authority, target, fields)."""

    def __init__(self):
        requests = self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                requests.append((self.command, self.headers["Host"], self.path, self.headers))
                self.send_response(401)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        for method in METHODS:
            setattr(Handler, f"do_{method}", Handler.answer)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def component(name, request):
    """The value that a receiver derives for a covered component (RFC 9421 §2.1, §2.2)."""
    method, authority, target, fields = request
    path, mark, query = target.partition("?")
    derived = {"@method": method, "@authority": authority.lower(), "@path": path, "@query": "?" + query if mark else "?"}
    if name in derived:
        return derived[name]
    return ", ".join(value.strip() for value in fields.get_all(name))


def signature_parts(request):
    """(covered components, parameters as text, the same as a dictionary, signature) of the one signature."""
    fields = request[3]
    [written] = fields.get_all("Signature-Input")
    label, _, parameters = written.partition("=")
    covered, _, rest = parameters.partition(")")
    values = dict(re.findall(r';([a-z]+)=("[^"]*"|[0-9]+)', rest))
    [signature] = fields.get_all("Signature")
    encoded = re.fullmatch(re.escape(label) + r"=:([A-Za-z0-9+/=]+):", signature).group(1)
    return re.findall(r'"([^"]+)"', covered), parameters, values, base64.b64decode(encoded, validate=True)


class SignatureTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = harness.scratch_directory()
        cls.key = cls.make_key("signing-key.pem")
        recorder = Recorder()
        cls.addClassCleanup(recorder.close)
        descriptor = {"key": "signed-app", "name": "Signed", "baseUrl": recorder.base, "authentication": {"type": "jwt"},
                      "lifecycle": {"installed": "/installed"},
                      "modules": {"generalPages": [{"key": "page", "name": {"value": "Page"}, "url": "/page?issue={issue.key}&x=%20y"}],
                                  "webhooks": [{"event": "jira:issue_created", "url": "/hook"}]}}
        path = cls.directory / "descriptor.json"
        path.write_text(json.dumps(descriptor))
        cls.begun = int(time.time())
        cls.run_ = harness.scan(path, "--signing-key", cls.key, "--signing-directory-url", AGENT)
        cls.requests = list(recorder.requests)
        printed = harness.assay("catalog", "--signing-directory", "--signing-key", cls.key)
        cls.jwk = json.loads(printed.out)["keys"][0]

    @classmethod
    def make_key(cls, name):
        path = cls.directory / name
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True)
        return path

    @staticmethod
    def decoded(text):
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    def verifies(self, request, jwk=None, parameters=None):
        """Whether the request's signature is that of the key; `parameters` stands in for the signed ones."""
        covered, written, _, signature = signature_parts(request)
        lines = [f'"{name}": {component(name, request)}' for name in covered]
        base = "\n".join([*lines, f'"@signature-params": {parameters or written}'])
        work = harness.scratch_directory()
        # SubjectPublicKeyInfo of an Ed25519 key: a fixed head (RFC 8410 §4) and the 32 bytes.
        (work / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + self.decoded((jwk or self.jwk)["x"]))
        (work / "base").write_bytes(base.encode("latin-1"))
        (work / "signature").write_bytes(signature)
        done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", work / "key.der", "-rawin",
                               "-in", work / "base", "-sigfile", work / "signature"], capture_output=True, text=True, check=False)
        return done.returncode == 0 and "Signature Verified Successfully" in done.stdout

    def page(self):
        return next(one for one in self.requests if one[0] == "GET" and one[2].startswith("/page?"))

    def test_the_directory_holds_the_public_key_under_its_thumbprint(self):
        public = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"], capture_output=True, check=True)
        self.assertEqual(self.decoded(self.jwk["x"]), public.stdout[-32:])
        canonical = json.dumps({name: self.jwk[name] for name in ("crv", "kty", "x")}, separators=(",", ":"), sort_keys=True)
        thumbprint = base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()
        self.assertEqual(self.jwk["kid"], thumbprint)
        self.assertNotIn("d", self.jwk)

    def test_every_request_verifies(self):
        self.assertGreater(len(self.requests), 8, self.run_.explain())
        self.assertGreaterEqual({one[0] for one in self.requests}, {"GET", "POST", "OPTIONS", "TRACE"})
        for request in self.requests:
            with self.subTest(" ".join(request[:3])):
                self.assertTrue(self.verifies(request))

    def test_it_covers_what_the_documentation_says_and_for_five_minutes(self):
        nonces = set()
        for request in self.requests:
            covered, _, values, _ = signature_parts(request)
            self.assertEqual(covered, ["@method", "@authority", "@path", "@query", "user-agent", "signature-agent"])
            self.assertEqual((values["keyid"], values["alg"], values["tag"]), (f'"{self.jwk["kid"]}"', '"ed25519"', '"assay"'))
            self.assertEqual(int(values["expires"]) - int(values["created"]), 300)
            self.assertTrue(self.begun - 1 <= int(values["created"]) <= int(time.time()) + 1)
            self.assertEqual(request[3]["Signature-Agent"], f'"{AGENT}"')
            nonces.add(values["nonce"])
        self.assertEqual(len(nonces), len(self.requests))

    def test_an_altered_request_does_not_verify(self):
        method, authority, target, fields = self.page()
        self.assertTrue(self.verifies((method, authority, target, fields)))
        altered = {"@method": ("POST", authority, target, fields), "@authority": (method, "other.example.com", target, fields),
                   "@path": (method, authority, target.replace("/page", "/pages"), fields),
                   "@query": (method, authority, target + "&admin=1", fields)}
        for name in ("User-Agent", "Signature-Agent"):
            changed = type(fields)()
            for field, value in fields.items():
                changed[field] = value + "x" if field == name else value
            altered[name] = (method, authority, target, changed)
        for name, request in altered.items():
            with self.subTest(name):
                self.assertFalse(self.verifies(request))

    def test_altered_parameters_and_another_key_do_not_verify(self):
        _, written, values, _ = signature_parts(self.page())
        later = written.replace(values["expires"], str(int(values["expires"]) + 3600))
        self.assertNotEqual(later, written)
        self.assertFalse(self.verifies(self.page(), parameters=later))
        other = harness.assay("catalog", "--signing-directory", "--signing-key", self.make_key("other-key.pem"))
        self.assertFalse(self.verifies(self.page(), jwk=json.loads(other.out)["keys"][0]))

    def test_without_a_key_nothing_claims_to_be_signed(self):
        recorder = Recorder()
        self.addCleanup(recorder.close)
        harness.scan(recorder.base, "--kind", "service")
        self.assertTrue(recorder.requests)
        for request in recorder.requests:
            self.assertFalse({"signature", "signature-input", "signature-agent"} & {name.lower() for name in request[3]})


if __name__ == "__main__":
    unittest.main()
