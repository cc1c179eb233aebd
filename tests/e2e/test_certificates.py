"""Certificates of the lab: each defect is named, and what their authority signs is asked for and believed."""

import unittest

import harness

# The one finding that each site must have of cert-valid, with its severity.
FINDINGS = {
    "cert-expired.lab": ("expired", "high"), "cert-future.lab": ("not-yet-valid", "high"), "cert-name.lab": ("name-mismatch", "high"),
    "cert-self.lab": ("self-signed", "high"), "cert-stranger.lab": ("unknown-issuer", "high"),
    "cert-chain.lab": ("incomplete-chain", "high"), "cert-chain-named.lab": ("incomplete-chain", "medium"),
    "cert-purpose.lab": ("purpose", "high"), "cert-no-purpose.lab": ("no-purpose", "medium"),
    "cert-authority.lab": ("leaf-is-ca", "medium"), "cert-revoked.lab": ("revoked", "high"),
    "cert-rsa1024.lab": ("weak-key", "high"), "cert-sha1.lab": ("weak-signature", "high"),
}
SOUND = ("cert-listed.lab", "cert-unlisted.lab", "cert-long.lab")


class CertificatesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.runs = harness.side_by_side(
            lambda name: harness.scan(harness.target(name)["url"], "--kind", "service", "--only", "cert-valid"), [*FINDINGS, *SOUND])

    def reason(self, name):
        return self.runs[name].why("cert-valid", harness.target(name)["base"])

    def test_each_defect_is_named(self):
        for name, (locator, severity) in FINDINGS.items():
            with self.subTest(name):
                self.assertEqual([(one["locator"], one["severity"]) for one in self.runs[name].findings()], [(locator, severity)],
                                 self.reason(name))

    def test_sound_certificates_have_no_finding(self):
        for name in SOUND:
            with self.subTest(name):
                self.assertTrue(self.reason(name).startswith("pass"), self.reason(name))
                self.assertEqual(self.runs[name].findings(), [])

    def test_a_pass_says_what_is_known_of_revocation(self):
        self.assertIn("is not revoked", self.reason("cert-listed.lab"))
        self.assertRegex(self.reason("cert-unlisted.lab"), "is not known .*no-such.crl.*404")

    def test_the_proof_names_the_list_and_the_reason(self):
        proof = self.runs["cert-revoked.lab"].findings()[0]["proof"]
        self.assertIn("key compromise", proof)
        self.assertIn("intermediate.crl", proof)

    def test_what_certificates_name_is_asked_once_and_logged(self):
        asked = [one["url"] for one in self.runs["cert-revoked.lab"].requests() if "authority.lab" in one.get("url", "")]
        self.assertEqual(sorted(url.rsplit("/", 1)[1] for url in asked), ["ca.crl", "intermediate.crl"])
        named = [one["url"] for one in self.runs["cert-chain-named.lab"].requests() if "authority.lab" in one.get("url", "")]
        self.assertEqual(sorted(url.rsplit("/", 1)[1] for url in named)[:2], ["ca.crl", "intermediate.der"])


if __name__ == "__main__":
    unittest.main()
