"""Registration and dangling records: each domain of the lab gets exactly the verdicts it is made for (lab/scenarios.py)."""

import ipaddress
import json
import unittest

import harness
from harness import world

JUDGES = ("domain-registered", "dns-dangling", "bucket-exposed")
ONLY = [argument for judge in JUDGES for argument in ("--only", judge)]


class DomainsTest(unittest.TestCase):
    """All cases in one run, side by side, as a sweep over a marketplace would meet them."""

    @classmethod
    def setUpClass(cls):
        cls.cases = world.lab["domains"]
        cls.run_ = harness.scan(*(one["url"] for one in cls.cases), "--kind", "service", "--jobs", "40", *ONLY, timeout=180)
        cls.reports = {report["app"]["target"]: report for report in cls.run_.report}

    def verdict(self, case, requirement, subject):
        return next((one for one in self.reports[case["url"]]["verdicts"]
                     if (one["requirement"], one["subject"]) == (requirement, subject)), None)

    def check(self, case, requirement, subject, outcome):
        with self.subTest(case["host"], requirement=requirement, note=case["note"]):
            verdict = self.verdict(case, requirement, subject)
            self.assertIsNotNone(verdict, "no verdict")
            self.assertEqual(verdict["outcome"], outcome, verdict["reason"] or verdict["findings"])
            proofs = "\n".join(finding["title"] + "\n" + finding["proof"] for finding in verdict["findings"])
            if outcome == "fail":
                self.assertIn(case["proof"], proofs)

    def test_every_case_was_scanned(self):
        self.assertEqual(len(self.reports), len(self.cases), self.run_.explain())
        self.assertGreaterEqual(len(self.cases), 60)

    def test_dangling_records(self):
        for case in self.cases:
            if case["dangling"]:
                self.check(case, "dns-dangling", case["host"], case["dangling"])

    def test_registrations(self):
        for case in self.cases:
            if case["registered"]:
                self.check(case, "domain-registered", case["domain"], case["registered"])

    def test_nothing_else_fails(self):
        expected = {("dns-dangling", case["host"]) for case in self.cases if case["dangling"] == "fail"}
        expected |= {("domain-registered", case["domain"]) for case in self.cases if case["registered"] == "fail"}
        expected |= {("domain-registered", case["leads_to"]) for case in self.cases if case["leads_to"]}
        failing = {(one["requirement"], one["subject"]) for report in self.reports.values() for one in report["verdicts"]
                   if one["outcome"] == "fail"}
        self.assertEqual(failing, expected)

    def test_no_question_leaves_the_lab(self):
        """Name servers and addresses that the zones name beyond it are refused, whatever leads there."""
        seen = [one for one in self.run_.requests() if one["activity"] != "refused" and one.get("address")]
        self.assertGreater(len(seen), 500)
        for one in seen:
            address = ipaddress.ip_address(one["address"].rpartition(":")[0].strip("[]"))
            self.assertTrue(address.is_loopback, one)


class PinnedKeyTest(unittest.TestCase):
    """TLSA records in zones that the lab's resolver validates."""

    def locators(self, host):
        run = harness.scan(f"https://{host}/", "--kind", "service", "--only", "cert-valid", "--only", "dns-dangling")
        self.assertIn(run.code, (0, 3), run.explain())
        return {finding["locator"] for verdict in run.report["verdicts"] if verdict["requirement"] == "cert-valid"
                for finding in verdict["findings"]}

    def test_the_key_in_use(self):
        self.assertNotIn("tlsa-mismatch", self.locators("www.assay-lab-signed.org"))

    def test_a_key_that_is_gone(self):
        self.assertIn("tlsa-mismatch", self.locators("www.assay-lab-rekeyed.org"))


class MarketplaceTest(unittest.TestCase):
    """Connect apps whose own servers are sound: what is wrong is a host that they name."""

    def failing(self, name):
        run = harness.scan(harness.target(name)["url"], "--kind", "connect", *ONLY)
        self.assertIn(run.code, (0, 1, 3), run.explain())
        return run, run.failing()

    def test_a_domain_that_the_app_names_is_free(self):
        run, failing = self.failing("expired-domain-app.lab")
        self.assertEqual(failing, {("domain-registered", "lapsed-hooks.lab")}, run.explain())
        self.assertEqual(run.code, 1)
        finding = run.findings()[0]
        self.assertEqual(finding["severity"], "critical")
        self.assertIn("lapsed-hooks.lab", json.dumps(finding))

    def test_a_host_of_the_app_can_be_taken_over(self):
        run, failing = self.failing("takeover-app.lab")
        self.assertEqual(failing, {("dns-dangling", "docs.takeover-app.lab")}, run.explain())
        self.assertIn("NoSuchBucket", run.findings()[0]["proof"])

    def test_a_bucket_lists_itself(self):
        run, failing = self.failing("bucket-app.lab")
        self.assertEqual([requirement for requirement, _ in failing], ["bucket-exposed"], run.explain())
        self.assertIn("files.bucket-app.lab", json.dumps(run.findings()))
        self.assertNotIn("safe.bucket-app.lab", json.dumps(run.findings()))


if __name__ == "__main__":
    unittest.main()
