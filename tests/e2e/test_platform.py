"""`assay serve` over the lab: an app joins by the API, is scanned twice, and its misses become tickets that only a scan closes."""

import http.client
import json
import re
import signal
import socket
import subprocess
import unittest
import urllib.parse

import harness
from harness import world


class Served:
    """A running server on loopback, and the local administrator's session."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        scratch = harness.scratch_directory()
        self.process = subprocess.Popen(
            [str(world.assay), "serve", "--ledger", str(scratch / "ledger.db"), "--listen", f"127.0.0.1:{self.port}",
             "--log", str(scratch / "log"), "--rate", "0", *world.lab["arguments"]],
            cwd=scratch, stderr=subprocess.PIPE, text=True)
        said = ""
        while "first-run" not in said:
            line = self.process.stderr.readline()
            if not line:
                raise AssertionError("assay serve ended: " + said)
            said += line
        self.headers = {}
        answer = self.ask("GET", re.search(r"/auth/first-run\?key=\S+", said).group())
        self.headers["Cookie"] = answer.headers["Set-Cookie"].split(";")[0]
        self.headers["X-CSRF-Token"] = self.api("GET", "/me").body["csrf"]

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            given = {**self.headers, **(headers or {}), "Origin": f"http://127.0.0.1:{self.port}"}
            if body is not None:
                given["Content-Type"] = "application/json"
            connection.request(method, path, None if body is None else json.dumps(body), given)
            answer = connection.getresponse()
            answer.text = answer.read().decode()
            return answer
        finally:
            connection.close()

    def api(self, method, path, body=None, headers=None, expect=range(200, 300)):
        answer = self.ask(method, "/api/v1" + path, body, headers)
        if answer.status not in expect:
            raise AssertionError(f"{method} {path}: {answer.status} {answer.text[:500]}")
        answer.body = json.loads(answer.text) if answer.text else None
        return answer

    def wait_for(self, job):
        """The job when it has ended."""
        state = {}

        def ended():
            state.update(self.api("GET", "/jobs/" + job).body)
            return state["state"] in ("done", "failed", "cancelled")

        if not harness.wait_until(ended, seconds=300):
            raise AssertionError(f"job {job} did not end: {state}")
        return state

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)
        return self.process.returncode


class PlatformTest(unittest.TestCase):
    APP = "bad-app"

    @classmethod
    def setUpClass(cls):
        cls.served = Served()

    @classmethod
    def tearDownClass(cls):
        code = cls.served.stop()
        assert code == 0, f"assay serve ended with {code}"

    def scan(self):
        job = self.served.wait_for(self.served.api("POST", f"/apps/{self.APP}/scans", {}, expect=(202,)).body["id"])
        self.assertEqual(job["state"], "done", job)
        return self.served.api("GET", "/scans/" + job["scan"]).body

    def of_app(self, things, also=""):
        query = urllib.parse.quote(f"app:{self.APP} {also}")
        return self.served.api("GET", f"/{things}?filter={query}&limit=500").body["items"]

    def test_misses_become_tickets_and_a_claim_is_verified_by_a_scan(self):
        api = self.served.api
        api("POST", "/apps", {"key": self.APP, "kind": "connect", "target": harness.target("bad-app.lab")["url"]})

        first = self.scan()
        self.assertGreater(first["counts"]["fail"], 0)
        self.assertTrue(self.of_app("findings"))
        self.assertEqual({one["state"] for one in self.of_app("findings")}, {"suspected"})
        self.assertEqual(self.of_app("tickets"), [])

        self.scan()
        findings = self.of_app("findings")
        self.assertEqual({one["state"] for one in findings}, {"open"})
        tickets = self.of_app("tickets")
        self.assertEqual(len(tickets), len(findings))
        self.assertTrue(all(one["state"] == "needs-patch" and not one["overdue"] and one["due_at"] > one["opened_at"]
                            for one in tickets))

        self.scan()  # the same misses again file nothing
        self.assertEqual(len(self.of_app("tickets")), len(tickets))

        ticket = next(one for one in tickets if one["requirement"] == "hsts")
        path = f"/tickets/{ticket['id']}"
        version = api("GET", path).headers["ETag"]
        api("POST", path + "/move", {"to": "fix-claimed", "note": "Deployed."}, {"If-Match": version})
        api("POST", path + "/move", {"to": "waiting-for-release"}, {"If-Match": version}, expect=(412,))
        verifying = [one for one in self.of_app("jobs") if one["origin"] == "verify"]
        self.assertEqual([one["requirements"] for one in verifying], [["hsts"]])
        self.assertEqual(self.served.wait_for(verifying[0]["id"])["state"], "done")
        self.assertEqual(api("GET", path).body["state"], "needs-patch")

        requests = api("GET", f"/scans/{first['id']}/requests").text
        self.assertIn("bad-app.lab", requests)
        self.assertTrue(api("GET", "/audit/verify").body["intact"])

    def test_what_is_not_signed_in_sees_nothing(self):
        for path in ("/api/v1/apps", "/api/v1/findings", "/metrics"):
            connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=10)
            connection.request("GET", path)
            answer = connection.getresponse()
            self.assertIn(answer.status, (401, 403) if path != "/metrics" else (200, 401, 403), path)
            connection.close()

    def test_the_dashboard_is_served_with_a_strict_policy(self):
        answer = self.served.ask("GET", "/")
        self.assertEqual(answer.status, 200)
        policy = answer.headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        script = re.search(r'src="(/assets/[^"]+\.js)"', answer.text).group(1)
        self.assertEqual(self.served.ask("GET", script).status, 200)


if __name__ == "__main__":
    unittest.main()
