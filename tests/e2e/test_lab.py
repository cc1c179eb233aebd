"""The lab itself: it is what the other tests lean on."""

import http.client
import json
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
import unittest

import harness
from harness import world


def handshake(address, name, version):
    """Whether `address` completes a handshake of exactly `version`; certificates are not looked at."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    try:
        with socket.create_connection((address, world.lab["ports"]["https"]), 5) as plain:
            with context.wrap_socket(plain, server_hostname=name):
                return True
    except ssl.SSLError:
        return False


def query(name, kind):
    """The answer of the lab's resolver, over UDP."""
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0" + struct.pack("!HH", kind, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.connect((world.lab["dns"].rpartition(":")[0], 53))
        client.send(struct.pack("!HHHHHH", 4711, 0x0100, 1, 0, 0, 0) + question)
        answer = client.recv(4096)
    assert answer[:2] == struct.pack("!H", 4711) and answer[2] & 0x80
    return answer


def ask_dns(name, kind=1):
    """(response code, answers)."""
    answer = query(name, kind)
    return answer[3] & 15, struct.unpack_from("!H", answer, 6)[0]


def address_of(name):
    return socket.inet_ntoa(query(name, 1)[-4:])


def fetch(host, target, secure):
    """(status, body) of one GET; certificates are looked at."""
    plain = socket.create_connection((address_of(host), 443 if secure else 80), 5)
    stream = ssl.create_default_context(cafile=world.lab["ca"]).wrap_socket(plain, server_hostname=host) if secure else plain
    with stream:
        stream.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = http.client.HTTPResponse(stream)
        answer.begin()
        return answer.status, answer.read().decode()


class LabTest(unittest.TestCase):
    def test_tls_sites_speak_the_versions_they_are_named_after(self):
        versions = [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
        spoken = {"tls-modern.lab": "0001", "tls-12.lab": "0010", "tls-intermediate.lab": "0011", "tls-11.lab": "0110",
                  "tls-10.lab": "1000", "tls-old.lab": "1111", "bad-app.lab": "1111", "good-app.lab": "0011"}
        for name, expected in spoken.items():
            address = harness.target(name)["addresses"][0]
            with self.subTest(name):
                self.assertEqual("".join(str(int(handshake(address, name, version))) for version in versions), expected)

    def test_names_resolve(self):
        self.assertEqual(ask_dns("good-app.lab"), (0, 1))
        self.assertEqual(ask_dns("tls-second-address.lab"), (0, 2))
        self.assertEqual(ask_dns("good-app.lab", 28), (0, 0))
        self.assertEqual(ask_dns("alias.dns-cases.lab"), (0, 2))
        self.assertEqual(ask_dns("nobody.lab"), (3, 0))
        self.assertEqual(ask_dns("servfail.dns-cases.lab"), (2, 0))
        self.assertEqual(ask_dns("fleet-app-00000.lab"), (0, 1))
        self.assertEqual(ask_dns(f"fleet-app-{world.lab['fleet']['count']:05d}.lab"), (3, 0))

    def test_domains_are_what_they_are_said_to_be(self):
        """A sample of each kind of server that stands behind the domain scenarios."""
        self.assertGreaterEqual(len(world.lab["domains"]), 60)
        expected = {"www.cname-bucket.lab": (0, 2), "www.cname-two-hops.lab": (3, 2), "www.ns-refused.lab": (2, 0),
                    "www.ns-servfail.lab": (2, 0), "www.ns-upward.lab": (2, 0), "www.ns-unregistered.lab": (2, 0),
                    "www.assay-lab-signed.org": (0, 1), "www.assay-lab-bogus.org": (2, 0), "www.lapsed-app.lab": (3, 0),
                    "www.ns-slow.lab": (0, 1), "www.ns-truncating.lab": (0, 1), "www.dname.lab": (0, 4), "www.cname-loop.lab": (2, 0),
                    "www.non-terminal.lab": (0, 0), "www.nodata.lab": (0, 1)}
        for name, answer in expected.items():
            with self.subTest(name):
                self.assertEqual(ask_dns(name), answer)

    def test_providers_answer_for_names_that_nobody_holds(self):
        for name, status, text in (("www.cname-bucket.lab", 404, "NoSuchBucket"), ("www.cname-claimed-bucket.lab", 403, "AccessDenied"),
                                   ("assay-lab-open.s3.amazonaws.com", 200, "ListBucketResult"),
                                   ("www.cname-pages.lab", 404, "There isn't a GitHub Pages site here."),
                                   ("www.cname-claimed-pages.lab", 200, "Lab"), ("www.cname-heroku.lab", 404, "no-such-app.html")):
            with self.subTest(name):
                answer = fetch(name, "/", secure=False)
                self.assertEqual(answer[0], status)
                self.assertIn(text, answer[1])

    def test_registries_answer(self):
        for name, status in (("lasting-app.lab", 200), ("lapsed-app.lab", 404), ("lapsed-hooks.lab", 404), ("moved-app.lab", 302),
                             ("throttled-app.lab", 429)):
            with self.subTest(name):
                self.assertEqual(fetch("rdap0.registry.lab", f"/domain/{name}", secure=True)[0], status)
        with socket.create_connection((address_of("whois.denic.de"), 43), 5) as client:
            client.sendall(b"-T dn,ace assay-lab-free.de\r\n")
            self.assertIn("Status: free", client.makefile("r").read())

    def test_there_are_forty_behaviours_and_all_listen(self):
        self.assertGreaterEqual(len(world.lab["behaviours"]), 40)
        for one in world.lab["behaviours"]:
            for port in ("https", "http"):
                with self.subTest(one["name"], port=port):
                    try:
                        socket.create_connection((one["address"], world.lab["ports"][port]), 5).close()
                    except ConnectionResetError:
                        self.assertEqual(one["name"], "tcp-reset")

    def test_the_far_fleet_is_fifty_milliseconds_away(self):
        context = ssl.create_default_context(cafile=world.lab["ca"])
        started = time.monotonic()
        with socket.create_connection(("127.0.3.1", world.lab["ports"]["https"]), 5) as plain:
            with context.wrap_socket(plain, server_hostname="far-app-00000.lab") as secure:
                secure.sendall(b"GET / HTTP/1.1\r\nHost: far-app-00000.lab\r\nConnection: close\r\n\r\n")
                self.assertTrue(secure.recv(4096).startswith(b"HTTP/1.1 200"))
        # TCP, TLS 1.3 and the request: three round trips.
        self.assertGreaterEqual(time.monotonic() - started, 0.145)

    def test_it_comes_back_after_being_killed(self):
        state = harness.scratch_directory()
        command = [sys.executable, str(harness.LAB)]
        up = [*command, "up", "--background", "--fleet", "1", "--state", str(state)]
        subprocess.run(up, check=True, capture_output=True)
        try:
            first = json.loads((state / "lab.json").read_text())
            self.assertNotEqual(first["ports"]["https"], world.lab["ports"]["https"])
            children = json.loads((state / "children.json").read_text()).values()
            os.kill(first["pid"], signal.SIGKILL)
            self.assertTrue(harness.wait_until(lambda: not any(map(is_running, children))), "children outlive the lab")
            subprocess.run(up, check=True, capture_output=True)
            second = json.loads((state / "lab.json").read_text())
            self.assertNotEqual(first["pid"], second["pid"])
            again = subprocess.run(up, check=True, capture_output=True, text=True)
            self.assertIn("already up", again.stdout)
            self.assertEqual(json.loads((state / "lab.json").read_text())["pid"], second["pid"])
        finally:
            subprocess.run([*command, "down", "--state", str(state)], check=True, capture_output=True)
        self.assertTrue(harness.wait_until(lambda: not is_running(second["pid"])))


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    unittest.main()
