"""Each TLS, certificate and header case of the lab gets exactly the verdicts it is made for."""

import unittest

import harness

# Judged on every origin; a site that says nothing of one of them is expected not to fail it.
ALWAYS = ("tls-version", "https-only", "hsts", "cert-valid", "base-url-owned", "cookie-flags", "methods-disabled", "error-leak")


class SitesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        names = [one["name"] for one in harness.world.lab["targets"] if one["kind"] == "service"]
        cls.runs = harness.side_by_side(lambda name: harness.scan(harness.target(name)["url"], "--kind", "service"), names)

    def test_every_site_gets_its_verdicts(self):
        self.assertGreaterEqual(len(self.runs), 34)
        for name, run in self.runs.items():
            site = harness.target(name)
            with self.subTest(name, note=site["note"]):
                self.assertIn(run.code, (0, 1, 3), run.explain())
                verdicts = run.verdicts()
                for requirement, outcome in site["expected"].items():
                    self.assertEqual(verdicts.get((requirement, site["base"])), outcome,
                                     f"{requirement}: {run.why(requirement, site['base'])}")
                unexpected = {requirement for requirement, _ in run.failing() if requirement in ALWAYS
                              and site["expected"].get(requirement) != "fail"}
                self.assertFalse(unexpected, "fails what it is good at")

    def test_findings_say_what_was_seen_and_how_to_mend_it(self):
        seen = 0
        for name, run in self.runs.items():
            for finding in run.findings():
                seen += 1
                with self.subTest(name, requirement=finding["requirement"]):
                    self.assertTrue(finding["proof"] and finding["remediation"] and finding["title"])
                    self.assertRegex(finding["fingerprint"], "^fp1-[0-9a-f]{40}$")
                    self.assertTrue(finding["evidence"])
        self.assertGreater(seen, 20)

    def test_the_second_address_is_named(self):
        for name in ("tls-second-address.lab", "tls-second-v6.lab"):
            if name not in self.runs:
                continue  # this machine has no IPv6
            proofs = "\n".join(finding["proof"] for finding in self.runs[name].findings() if finding["requirement"] == "tls-version")
            self.assertIn(harness.target(name)["addresses"][1], proofs)

    def test_exit_codes_follow_the_findings(self):
        self.assertEqual(self.runs["tls-old.lab"].code, 1)       # high
        self.assertEqual(self.runs["cert-expired.lab"].code, 1)  # high
        self.assertIn(self.runs["tls-intermediate.lab"].code, (0, 3))


if __name__ == "__main__":
    unittest.main()
