"""Every format on a real scan, the published schemas included."""

import json
import subprocess
import unittest
import xml.etree.ElementTree

import harness

SCHEMAS = harness.REPOSITORY / "tests" / "e2e" / "schemas"


class ReportsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = harness.scratch_directory()
        bad, good = harness.target("bad-app.lab")["url"], harness.target("good-app.lab")["url"]
        outputs = [item for form in ("sarif", "html", "junit", "json") for item in ("-o", f"{form}={cls.directory / form}")]
        cls.run_ = harness.scan(bad, good, *outputs, output="text")

    def read(self, name):
        return (self.directory / name).read_text(encoding="utf-8")

    def test_sarif_follows_the_published_schema(self):
        if not (SCHEMAS / "node_modules").is_dir():
            subprocess.run(["npm", "ci", "--silent"], cwd=SCHEMAS, check=True, stdout=subprocess.DEVNULL)
        checked = subprocess.run(["node", "validate_sarif.js"], cwd=SCHEMAS, input=self.read("sarif"), capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        log = json.loads(self.read("sarif"))
        self.assertEqual(len(log["runs"]), 2)
        fingerprints = {result["partialFingerprints"]["assay/v1"] for run in log["runs"] for result in run["results"]}
        findings = {finding["fingerprint"] for report in json.loads(self.read("json")) for verdict in report["verdicts"]
                    for finding in verdict["findings"]}
        self.assertEqual(fingerprints, findings)

    def test_junit_counts_what_the_json_report_says(self):
        root = xml.etree.ElementTree.fromstring(self.read("junit"))
        outcomes = [verdict["outcome"] for report in json.loads(self.read("json")) for verdict in report["verdicts"]]
        self.assertEqual(int(root.get("tests")), len(outcomes))
        self.assertEqual(int(root.get("failures")), outcomes.count("fail"))
        self.assertEqual(int(root.get("errors")), outcomes.count("inconclusive"))
        self.assertEqual(int(root.get("skipped")), outcomes.count("not-applicable"))

    def test_html_stands_alone(self):
        page = self.read("html")
        self.assertIn("default-src 'none'", page)
        self.assertNotIn("<script", page)
        self.assertNotRegex(page, r'(src|href)="https?:')

    def test_text_names_every_failing_requirement_and_what_was_not_looked_at(self):
        failing = {verdict["requirement"] for report in json.loads(self.read("json")) for verdict in report["verdicts"]
                   if verdict["outcome"] == "fail"}
        self.assertGreater(len(failing), 5)
        for requirement in failing:
            self.assertIn(requirement, self.run_.out)
        self.assertIn("NOT LOOKED AT", self.run_.out)
        self.assertIn("2 apps", self.run_.out)
        self.assertNotIn("\x1b", self.run_.out)


if __name__ == "__main__":
    unittest.main()
