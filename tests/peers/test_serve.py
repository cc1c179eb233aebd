#!/usr/bin/env python3
"""`assay serve` as an operator runs it: TLS, the first-run link, signals, refusals, and its own scan.

    python3 tests/peers/test_serve.py build/assay
"""

import http.client
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ASSAY = ""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(directory):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", directory / "key.pem", "-out", directory / "cert.pem"],
        check=True, capture_output=True)


class Served:
    """A running server; `options` besides ledger, address and log."""

    def __init__(self, scratch, *options):
        self.port = free_port()
        self.process = subprocess.Popen(
            [ASSAY, "serve", "--ledger", str(scratch / "ledger.db"), "--listen", f"127.0.0.1:{self.port}",
             "--log", str(scratch / "log"), *options],
            cwd=scratch, stderr=subprocess.PIPE, text=True)
        self.said = ""
        while "serving" not in self.said or "first-run" not in self.said:
            line = self.process.stderr.readline()
            if not line:
                raise AssertionError("assay serve ended: " + self.said)
            self.said += line

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)
        return self.process.returncode


class ServeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="assay-serve-")
        cls.scratch = Path(cls.directory.name)
        make_certificate(cls.scratch)
        cls.served = Served(cls.scratch, "--tls-cert", str(cls.scratch / "cert.pem"), "--tls-key", str(cls.scratch / "key.pem"))

    @classmethod
    def tearDownClass(cls):
        code = cls.served.stop()
        cls.directory.cleanup()
        assert code == 0, f"assay serve ended with {code}"

    def connect(self, maximum=None):
        context = ssl.create_default_context(cafile=self.scratch / "cert.pem")
        context.set_alpn_protocols(["h2", "http/1.1"])
        if maximum:
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = maximum
            context.set_ciphers("ALL:@SECLEVEL=0")
        connection = http.client.HTTPSConnection("127.0.0.1", self.served.port, context=context, timeout=10)
        self.addCleanup(connection.close)
        connection.connect()
        return connection

    def get(self, path, headers=None):
        connection = self.connect()
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        body = response.read()
        return response, body

    def test_tls_is_modern(self):
        self.assertEqual(self.connect().sock.version(), "TLSv1.3")
        self.assertEqual(self.connect().sock.selected_alpn_protocol(), "http/1.1")
        self.assertEqual(self.connect(ssl.TLSVersion.TLSv1_2).sock.version(), "TLSv1.2")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.connect(ssl.TLSVersion.TLSv1_1)

    def test_answers_over_tls_say_that_they_want_it(self):
        response, _ = self.get("/api/v1/me")
        self.assertEqual(response.status, 401)
        self.assertRegex(response.headers["Strict-Transport-Security"], r"^max-age=(\d{8,})")

    def test_the_first_run_link_gives_a_host_cookie_once(self):
        link = re.search(r"/auth/first-run\?key=\S+", self.served.said).group()
        response, _ = self.get(link)
        self.assertEqual(response.status, 303)
        cookie = response.headers["Set-Cookie"]
        self.assertTrue(cookie.startswith("__Host-assay=") and cookie.endswith("; Secure"), cookie)
        self.assertEqual(self.get(link)[0].status, 400)
        response, body = self.get("/api/v1/me", {"Cookie": cookie.split(";")[0]})
        self.assertEqual(json.loads(body)["role"], "admin")
        log = (self.scratch / "log").read_text()
        self.assertNotIn(link.split("=")[1], log)
        self.assertNotIn(cookie.split(";")[0].split("=")[1], log)

    def test_plain_http_to_the_tls_port_gets_nothing(self):
        with socket.create_connection(("127.0.0.1", self.served.port), timeout=10) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertNotIn(b"HTTP/1.1", plain.recv(1000))

    def test_a_connection_takes_several_requests(self):
        first = self.connect()
        first.request("GET", "/__lbheartbeat__")
        first.getresponse().read()
        first.request("GET", "/__lbheartbeat__")  # the same connection
        self.assertEqual(first.getresponse().read(), b"ok\n")

    def test_its_own_scan_finds_nothing(self):
        # base-url-owned wants a name in place of the address that this test has.
        scan = subprocess.run(
            [ASSAY, "scan", f"https://127.0.0.1:{self.served.port}/", "--allow-network", "127.0.0.0/8", "--fail-on", "low",
             "--trust", str(self.scratch / "cert.pem"), "--skip", "base-url-owned"],
            cwd=self.scratch, capture_output=True, text=True, timeout=120)
        self.assertIn(scan.returncode, (0, 3), scan.stdout + scan.stderr)  # 3: domains cannot be judged by an address
        self.assertRegex(scan.stdout, r"pass [4-9]")


class RefusalTest(unittest.TestCase):
    def refused(self, *options):
        with tempfile.TemporaryDirectory() as scratch:
            ran = subprocess.run([ASSAY, "serve", *options], cwd=scratch, capture_output=True, text=True, timeout=30)
        self.assertEqual(ran.returncode, 2, ran.stderr)
        return ran.stderr

    def test_each_refusal_names_thing_reason_and_remedy(self):
        self.assertIn("name the ledger", self.refused())
        ledger = ["--ledger", "ledger.db"]
        self.assertIn("--tls-cert", self.refused(*ledger, "--listen", "0.0.0.0:0"))
        self.assertIn("ADDRESS:PORT", self.refused(*ledger, "--listen", "here"))
        self.assertIn("go together", self.refused(*ledger, "--tls-cert", "x"))
        self.assertIn("--oidc-issuer", self.refused(*ledger, "--oidc-client-id", "x"))
        self.assertIn("the roles are", self.refused(*ledger, "--oidc-issuer", "https://a.example", "--oidc-client-id", "x",
                                                    "--oidc-role", "a=b"))


if __name__ == "__main__":
    ASSAY = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
