"""Bad input: one clear error or verdict each, a documented exit code, nothing else touched."""

import json
import os
import unittest

import harness
from harness import world

GOOD = {"key": "file-app", "name": "File app", "authentication": {"type": "jwt"}, "modules": {}}


class BadInputTest(unittest.TestCase):
    def assert_one_line(self, run):
        lines = [line for line in run.err.splitlines() if line.strip()]
        self.assertEqual(len(lines), 1, run.explain())
        self.assertTrue(lines[0].startswith("assay: "), lines[0])

    def scan_file(self, text):
        path = harness.scratch_directory() / "descriptor.json"
        path.write_bytes(text)
        return harness.scan(path)

    def test_usage_errors_end_with_2(self):
        for arguments in (["scan", "--no-such-option"], ["scan", "ftp://good-app.lab/"], ["scan", "no-such-file.json"],
                          ["scan", "https://user:password@good-app.lab/"], ["scan", "https://good-app.lab/", "--only", "no-such-id"],
                          ["scan", "https://good-app.lab/", "--format", "pdf"], ["scan", "https://good-app.lab/", "--tls", "some"],
                          ["scan", "https://good-app.lab/", "--plain-port", "443"], ["replay", "no-such-file.jsonl"],
                          ["scan", "https://good-app.lab/", "--allow-network", "127.0.0.0/99"], ["no-such-command"]):
            with self.subTest(" ".join(arguments)):
                run = harness.assay(*arguments)
                self.assertEqual(run.code, 2, run.explain())
                self.assertTrue(run.err.strip())
                self.assertEqual(run.out, "")

    def test_nothing_to_scan_ends_with_4(self):
        empty = harness.scratch_directory() / "targets.txt"
        empty.write_text("# nobody\n\n")
        self.assertEqual(harness.assay("scan", "--targets", empty).code, 4)

    def test_descriptor_files_that_cannot_be_read(self):
        cases = {"html": b"<!doctype html><title>x</title>", "truncated": json.dumps(GOOD).encode()[:30], "empty": b"",
                 "list": b"[]", "deep": b'{"key":' + b"[" * 200_000, "huge": b'{"key":"' + b"a" * (100 << 20) + b'"}',
                 "no-base": json.dumps(GOOD).encode(), "binary": bytes(range(256)) * 16}
        for name, text in cases.items():
            with self.subTest(name):
                run = self.scan_file(text)
                self.assertEqual(run.code, 2, run.explain())
                self.assert_one_line(run)
                self.assertEqual(run.requests(), [])

    def test_the_error_names_line_and_column(self):
        run = self.scan_file(b'{\n  "key": "x",\n  "name": oops\n}')
        self.assertRegex(run.err, r":3[:,]")

    def test_base_urls_that_no_scan_may_ask(self):
        for base in ("file:///etc/passwd", "http://169.254.169.254/", "http://0251.0376.0251.0376/", "http://2852039166/",
                     "https://[::ffff:169.254.169.254]/", "https://metadata.dns-cases.lab/", "https://private.dns-cases.lab/",
                     "javascript:alert(1)", "https://user:password@good-app.lab/", "not a url"):
            with self.subTest(base):
                run = self.scan_file(json.dumps(GOOD | {"baseUrl": base}).encode())
                self.assertIn(run.code, (1, 3), run.explain())
                # Name servers and registries may be asked about the name; the app itself may not.
                asked = [one for one in run.requests() if one["activity"] not in ("refused", "dns") and one.get("link") != "registry"]
                self.assertEqual(asked, [], "somebody was asked")
                outcomes = set(run.verdicts().values())
                self.assertTrue(outcomes <= {"fail", "inconclusive", "not-applicable"} or
                                {key for key, outcome in run.verdicts().items() if outcome == "pass"} <= {
                                    ("least-privilege", "file-app"), ("base-url-owned", "file-app"), ("domain-registered", "dns-cases.lab"), ("domain-registered", "good-app.lab"),
                    ("dns-dangling", "metadata.dns-cases.lab"), ("dns-dangling", "private.dns-cases.lab")}, run.verdicts())

    def test_loopback_is_refused_unless_allowed(self):
        url = harness.target("good-app.lab")["url"]
        before = os.stat(world.lab["access_log"]).st_size
        run = harness.assay("scan", url, "--resolver", world.lab["dns"], "--trust", world.lab["ca"], "--format", "json")
        self.assertEqual(run.code, 3, run.explain())
        self.assertEqual(set(run.verdicts().values()), {"inconclusive"})
        self.assertIn("egress guard", run.err)
        self.assertIn("--allow-network", run.err)
        self.assertEqual(os.stat(world.lab["access_log"]).st_size, before)

    def test_names_that_do_not_resolve(self):
        # Nobody has registered nobody.lab, and that is a finding; the others' domain is registered.
        for host, code in (("nobody.lab", 1), ("servfail.dns-cases.lab", 3), ("loop-a.dns-cases.lab", 3)):
            with self.subTest(host):
                run = harness.scan(f"https://{host}/", "--kind", "service")
                self.assertEqual(run.code, code, run.explain())
                self.assertLessEqual(run.failing(), {("domain-registered", "nobody.lab")})
                self.assertNotIn("pass", {outcome for (requirement, _), outcome in run.verdicts().items()
                                          if requirement not in ("base-url-owned", "domain-registered")})


class MisbehaviourTest(unittest.TestCase):
    """Every behaviour of the misbehaving server: a verdict or an error, never a crash, never a pass for what was not seen."""

    LIMIT = 20  # seconds that one scan may take

    @classmethod
    def setUpClass(cls):
        names = [one["name"] for one in world.lab["behaviours"]]
        cls.runs = harness.side_by_side(
            lambda name: harness.scan(harness.behaviour(name)["url"], "--kind", "connect", "--timeout", str(cls.LIMIT),
                                      timeout=cls.LIMIT + 20), names, at_once=16)

    def test_none_crashes_or_hangs(self):
        for name, run in self.runs.items():
            with self.subTest(name):
                self.assertIn(run.code, (0, 1, 2, 3), run.explain())
                self.assertEqual(run.report["schema"], "assay-report/1")
                for line in run.err.splitlines():
                    self.assertTrue(line.startswith("assay: "), line)

    def test_exit_codes(self):
        for one in world.lab["behaviours"]:
            if one["exits"]:
                with self.subTest(one["name"], note=one["note"]):
                    self.assertIn(self.runs[one["name"]].code, one["exits"], self.runs[one["name"]].explain())

    def test_what_could_not_be_read_never_passes(self):
        silent = [one["name"] for one in world.lab["behaviours"] if one["layer"] == "tcp"]
        silent += ["slow-silent", "slow-headers", "slow-drip", "empty-answer", "close-mid-header", "endless-headers", "endless-body",
                   "endless-chunks", "noise", "descriptor-html", "descriptor-truncated", "descriptor-deep", "descriptor-empty",
                   "descriptor-list", "descriptor-huge", "always-500", "retry-after", "too-many", "redirect-loop"]
        for name in silent:
            with self.subTest(name):
                self.assertNotIn("pass", set(self.runs[name].verdicts().values()))

    def test_readable_answers_are_read(self):
        """A tolerant reader gets the descriptor in spite of the form it came in."""
        for name in ("bare-lf", "nul-in-field", "no-colon", "folded-field", "space-before-colon", "no-reason", "odd-version",
                     "leading-blank", "early-hints", "length-too-long", "length-negative", "length-word", "length-and-chunked", "chunk-no-end", "chunk-bare-lf", "descriptor-bom"):
            with self.subTest(name):
                self.assertEqual(self.runs[name].report["app"]["key"], name, self.runs[name].explain())

    def test_foreign_hosts_are_not_followed(self):
        for name in ("redirect-foreign", "redirect-metadata", "redirect-file", "redirect-script"):
            hosts = {one["host"] for one in self.runs[name].requests()}
            self.assertEqual(hosts, {f"{name}.misbehave.lab"}, name)
        with open(world.lab["trap"], encoding="utf-8") as trap:
            self.assertEqual(trap.read(), "")

    def test_a_host_that_asks_for_rest_is_left_alone(self):
        for name in ("retry-after", "too-many"):
            asked = [one for one in self.runs[name].requests() if one["activity"] == "http"]
            self.assertEqual(len(asked), 1, asked)


if __name__ == "__main__":
    unittest.main()
