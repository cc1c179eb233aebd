"""Directories, archives, histories and what is staged: what was planted is found, its clean twin has nothing."""

import json
import os
import pty
import random
import re
import signal
import string
import subprocess
import sys
import unittest
from datetime import date, timedelta
from pathlib import Path

import harness

sys.path.insert(0, str(harness.REPOSITORY / "lab"))
import planted  # noqa: E402  (needs the path above)

# Nothing of an earlier run, and nothing left for a later one.
KEY = {**os.environ, "ASSAY_HASH_KEY": "a key for tests that nobody else has", "ASSAY_NO_CACHE": "true"}


def assay(*arguments, cwd=None, timeout=300):
    done = subprocess.run([str(harness.world.assay), *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                          check=False, cwd=cwd or harness.scratch_directory(), env=KEY)
    return harness.Run(done.returncode, done.stdout, done.stderr)


def scan(*arguments, **options):
    return assay("scan", *arguments, "--only", "secrets-source", "--format", "json", **options)


def git(root, *arguments):
    planted.git(root, *arguments)


class Planted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = harness.scratch_directory()
        cls.what = planted.plant(cls.directory)
        cls.evidence = harness.scratch_directory() / "evidence.jsonl"
        cls.run_ = scan(cls.directory / "planted", "--evidence", cls.evidence)
        records = [json.loads(line) for line in cls.evidence.read_text().splitlines()]
        cls.sweep = next(one["body"] for one in records if one.get("kind") == "secret.sweep")

    def test_everything_that_was_planted_is_found(self):
        self.assertEqual(self.run_.code, 1, self.run_.explain())
        found = {(one["rule"], place["path"], place.get("deleted", False))
                 for one in self.sweep["sightings"] if not one["suppressed"] for place in one["places"]}
        missing = [one for one in self.what if (one["rule"], one["path"], one["deleted"]) not in found]
        self.assertEqual(missing, [])
        self.assertEqual(self.sweep["gaps"], [])
        self.assertEqual(self.sweep["inputs"], ["archives", "history", "tree"])

    def test_each_secret_is_one_finding_with_its_places(self):
        findings = {one["locator"]: one for one in self.run_.findings()}
        self.assertEqual(len(findings), len(self.run_.findings()))
        self.assertTrue(any("deleted after" in one["proof"] for one in findings.values()))
        self.assertTrue(any("plugin.jar!/conf/settings.env:1:14" in one["proof"] for one in findings.values()))

    def test_no_secret_stands_in_report_or_evidence(self):
        text = (self.directory / "planted/src/old.env")
        self.assertFalse(text.exists())
        written = self.run_.out + self.run_.err + self.evidence.read_text()
        for path in (self.directory / "planted").rglob("*.env"):
            for token in re.findall(r"[A-Za-z0-9_+/=-]{24,}", path.read_text()):
                self.assertNotIn(token, written, path)

    def test_the_clean_twin_has_nothing(self):
        run = scan(self.directory / "clean")
        self.assertEqual(run.code, 0, run.explain())
        self.assertEqual([one["outcome"] for one in run.report["verdicts"]], ["pass"])
        self.assertEqual(run.findings(), [])

    def test_threads_and_days_make_no_difference(self):
        again = scan(self.directory / "planted")
        self.assertEqual([one["fingerprint"] for one in again.findings()], [one["fingerprint"] for one in self.run_.findings()])

    def test_evidence_can_be_judged_again(self):
        run = assay("replay", self.evidence, "--only", "secrets-source", "--format", "json")
        self.assertEqual(run.code, 1, run.explain())
        self.assertEqual({one["fingerprint"] for one in run.findings()}, {one["fingerprint"] for one in self.run_.findings()})

    def test_a_baseline_takes_what_is_known(self):
        baseline = harness.scratch_directory() / "baseline.json"
        baseline.write_text(self.run_.out)
        run = scan(self.directory / "planted", "--baseline", baseline)
        self.assertEqual({one["standing"] for one in run.findings()}, {"still-there"})

    def test_sarif_names_file_and_line(self):
        run = assay("scan", self.directory / "planted", "--only", "secrets-source", "--format", "sarif")
        results = json.loads(run.out)["runs"][0]["results"]
        places = [place["physicalLocation"] for one in results for place in one["locations"]]
        self.assertTrue(any(place["artifactLocation"]["uri"] == "dist/bundle.tgz" for place in places))
        self.assertTrue(all(place["artifactLocation"]["uriBaseId"] == "%SRCROOT%" for place in places))
        self.assertTrue(all(place["region"]["startLine"] >= 1 for place in places))


class Handling(unittest.TestCase):
    def setUp(self):
        self.root = harness.scratch_directory()
        self.filler = planted.Filler(7)

    def token(self):
        return self.filler.fill("ghp_{{base62:30}}{{crc32-base62}}")

    def test_a_reason_beside_a_secret_puts_it_aside(self):
        planted.write(self.root, {"a.js": f"const k = '{self.token()}'; // assay:ignore revoked in 2024\n"})
        run = scan(self.root, "--show-suppressed")
        self.assertEqual(run.code, 0, run.explain())
        self.assertEqual([one["suppressed"] for one in run.report["suppressed"]], ["ignored: revoked in 2024"])
        strict = scan(self.root, "--no-inline-ignore")
        self.assertEqual(strict.code, 1, strict.explain())
        text = assay("scan", self.root, "--only", "secrets-source", "--show-suppressed")
        self.assertIn("PUT ASIDE", text.out)
        self.assertIn("revoked in 2024", text.out)

    def test_the_ignore_file_of_what_is_scanned_counts_from_anywhere(self):
        planted.write(self.root, {"a.env": f"GITHUB_TOKEN={self.token()}\n"})
        fingerprint = scan(self.root).findings()[0]["fingerprint"]
        accepted = f"- fingerprint: {fingerprint}\n  reason: revoked in 2024\n  expires: {date.today() + timedelta(days=30)}\n"
        planted.write(self.root, {".assayignore": accepted})
        run = scan(self.root)
        self.assertEqual(run.code, 0, run.explain())
        self.assertEqual(run.findings()[0]["ignored"], f"revoked in 2024 ({self.root}/.assayignore:1)")
        self.assertIn("revoked in 2024", assay("scan", self.root, "--only", "secrets-source").out)
        for foreign in (["--no-inline-ignore"], ["--ignore-file", "/dev/null"]):
            run = scan(self.root, *foreign)
            self.assertEqual(run.code, 1, run.explain())
        planted.write(self.root, {".assayignore": "- fingerprint: x\n"})
        run = scan(self.root)
        self.assertEqual(run.code, 2, run.explain())
        self.assertIn(f"{self.root}/.assayignore:1", run.err)

    def test_an_archive_is_told_by_its_content(self):
        archive = self.root / "app.vsix"
        archive.write_bytes(planted.packed_zip({"conf/settings.env": f"GITHUB_TOKEN={self.token()}\n"}))
        run = scan(archive)
        self.assertEqual(run.code, 1, run.explain())
        self.assertEqual(run.report["app"]["kind"], "source")
        self.assertEqual(run.report["app"]["key"], "app.vsix")
        self.assertIn("app.vsix!/conf/settings.env:1:14", run.findings()[0]["proof"])

    def test_what_cannot_be_opened_is_no_pass(self):
        planted.write(self.root, {"a.js": "let a = 1;\n", "broken.zip": planted.packed_zip({"a": random.randbytes(1000)})[:500]})
        run = scan(self.root)
        self.assertEqual(run.code, 3, run.explain())
        self.assertEqual(run.report["verdicts"][0]["reason_code"], "corrupt")

    def test_a_zip_that_was_cut_between_two_files_is_no_pass(self):
        whole = planted.packed_zip({"a.js": "let a = 1;\n", "b.js": "let b = 2;\n"})
        planted.write(self.root, {"cut.zip": whole[:whole.rindex(b"PK\x03\x04")]})
        run = scan(self.root)
        self.assertEqual(run.code, 3, run.explain())
        self.assertEqual(run.report["verdicts"][0]["reason_code"], "corrupt")

    def test_nothing_is_no_pass(self):
        run = scan(self.root)
        self.assertEqual(run.code, 3, run.explain())
        self.assertEqual(run.report["verdicts"][0]["reason_code"], "empty")

    def test_ten_gigabytes_of_nothing_cost_nothing(self):
        with open(self.root / "disk.img", "wb") as image:
            image.truncate(10 << 30)
        run = scan(self.root)
        self.assertEqual(run.code, 0, run.explain())

    def test_a_short_key_is_refused(self):
        planted.write(self.root, {"a.js": "let a = 1;\n"})
        done = subprocess.run([str(harness.world.assay), "scan", str(self.root)], capture_output=True, text=True, check=False,
                              env={**KEY, "ASSAY_HASH_KEY": "short"})
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("ASSAY_HASH_KEY", done.stderr)

    def test_secrets_are_revealed_on_a_terminal_only(self):
        token = self.token()
        planted.write(self.root, {"a.env": f"GITHUB_TOKEN={token}\n"})
        refused = assay("scan", self.root, "--reveal")
        self.assertEqual(refused.code, 2, refused.explain())
        self.assertNotIn(token, refused.out + refused.err)
        reader, writer = pty.openpty()
        process = subprocess.Popen([str(harness.world.assay), "scan", str(self.root), "--only", "secrets-source", "--reveal"],
                                   stdout=writer, stderr=subprocess.DEVNULL, env=KEY)
        os.close(writer)
        shown = b""
        while True:
            try:
                more = os.read(reader, 65536)
            except OSError:
                break
            if not more:
                break
            shown += more
        os.close(reader)
        self.assertEqual(process.wait(), 1)
        self.assertIn(token.encode(), shown)


class ServedToBrowsers(unittest.TestCase):
    """The scripts that an app serves, searched by a scan of its URL."""

    def look_at(self, files, *arguments):
        with planted.Served(files) as app:
            self.log = harness.scratch_directory() / "requests.jsonl"
            self.evidence = harness.scratch_directory() / "evidence.jsonl"
            run = assay("scan", app.url, "--kind", "service", "--allow-network", "127.0.0.0/8", "--rate", "0", "--format", "json",
                        "--ignore-file", "/dev/null", "--request-log", self.log, "--evidence", self.evidence, *arguments)
            app.shutdown()
            return run, app

    def test_a_planted_bundle_fails_in_public(self):
        files, where = planted.app(planted.Filler(11))
        run, app = self.look_at(files, "--only", "secrets-source")
        self.assertEqual(run.code, 1, run.explain())
        proofs = "\n".join(one["proof"] for one in run.findings())
        for place in where:
            self.assertIn(app.url + place[1:] + ":", proofs)
        self.assertEqual({one["severity"] for one in run.findings()}, {"critical"})
        written = run.out + run.err + self.log.read_text()
        for _, body in files.values():
            for token in re.findall(r"ghp_[A-Za-z0-9]{36}", body):
                self.assertNotIn(token, written)
        replayed = assay("replay", self.evidence, "--only", "secrets-source", "--format", "json")
        self.assertEqual({one["fingerprint"] for one in replayed.findings()}, {one["fingerprint"] for one in run.findings()})

    def test_scripts_are_asked_for_once_and_on_record(self):
        files, _ = planted.app(planted.Filler(11))
        _, app = self.look_at(files, "--only", "secrets-source")
        scripts = [path for method, path in app.requests if path.startswith("/static")]
        self.assertEqual(sorted(scripts), sorted(path for path in files if path.startswith("/static")))
        logged = [json.loads(line) for line in self.log.read_text().splitlines()]
        self.assertEqual(sum(one.get("purpose") == "script" for one in logged), len(scripts))
        self.assertTrue(all(one["link"].startswith("script:") for one in logged if one.get("purpose") == "script"))

    def test_a_clean_app_neither_passes_nor_hinders(self):
        run, _ = self.look_at(planted.CLEAN_APP, "--only", "secrets-source", "--only", "methods-disabled")
        self.assertEqual(run.code, 0, run.explain())
        self.assertEqual([one["requirement"] for one in run.report["verdicts"]], ["methods-disabled"])
        left = {one["requirement"]: one["reason"] for one in run.report["not_verified"]}
        self.assertIn("rests on the source", left["secrets-source"])
        self.assertIn("2 files", left["secrets-source"])

    def test_asked_for_it_alone_it_says_that_nothing_is_known_of_the_source(self):
        run, _ = self.look_at(planted.CLEAN_APP, "--only", "secrets-source")
        self.assertEqual(run.code, 3, run.explain())
        self.assertEqual(run.report["verdicts"][0]["reason_code"], "source-not-given")


class Validation(unittest.TestCase):
    """--validate-secrets, with an operator's own rule whose provider is a stub on loopback."""

    def setUp(self):
        self.root = harness.scratch_directory()
        secret = "acmk_" + "".join(random.choices("0123456789abcdef", k=40))
        self.secret = secret
        planted.write(self.root, {"tree/a.env": f"KEY={secret}\n", "tree/b.env": f"KEY={secret}\n"})

    def try_it(self, status, *arguments):
        with planted.Provider(self.root, status) as provider:
            rule = {"id": "acme-key", "title": "Acme key", "opens": "everything", "severity": "high", "keywords": ["acmk_"],
                    "pattern": "acmk_[a-f0-9]{40}", "remedy": "Revoke it.", "references": "https://acme.example/keys",
                    "examples": ["KEY=acmk_{{hex:40}}"], "negatives": ["KEY=acmk_"],
                    "validation": {"method": "GET", "url": provider.url + "me", "fields": ["Authorization: Bearer {{secret}}"],
                                   "valid": [200], "invalid": [401]}}
            planted.write(self.root, {"rules/secrets/acme.yaml": json.dumps({"provider": "Acme", "rules": [rule]})})
            log, evidence = self.root / "requests.jsonl", self.root / "evidence.jsonl"
            run = scan(self.root / "tree", "--catalog", self.root / "rules", "--allow-network", "127.0.0.0/8", "--trust",
                       provider.authority, "--request-log", log, "--evidence", evidence, *arguments)
            provider.shutdown()
            self.assertNotIn(self.secret, run.out + run.err + log.read_text() + evidence.read_text())
            return run, provider

    def test_what_works_weighs_more_and_is_tried_once(self):
        run, provider = self.try_it(200, "--validate-secrets")
        self.assertEqual(run.code, 1, run.explain())
        self.assertEqual(provider.requests, [("GET", "/me", f"Bearer {self.secret}")])
        self.assertEqual(run.findings()[0]["severity"], "critical")
        self.assertIn("tried: it works", run.findings()[0]["proof"])

    def test_what_was_revoked_is_a_warning(self):
        run, _ = self.try_it(401, "--validate-secrets")
        self.assertEqual(run.code, 0, run.explain())
        self.assertIn("it no longer works", run.findings()[0]["proof"])

    def test_a_provider_that_fails_says_nothing(self):
        for status in (429, 503):
            run, _ = self.try_it(status, "--validate-secrets")
            self.assertEqual(run.code, 1, run.explain())
            self.assertEqual(run.findings()[0]["severity"], "high")
            self.assertIn(f"answered {status}", run.findings()[0]["proof"])

    def test_nothing_is_tried_unless_asked_for(self):
        run, provider = self.try_it(200)
        self.assertEqual(run.code, 1, run.explain())
        self.assertEqual(provider.requests, [])


class Interrupted(unittest.TestCase):
    def test_ctrl_c_in_a_long_search_is_no_pass_and_leaves_nothing_half_written(self):
        root = harness.scratch_directory()
        tree, out = root / "tree", root / "out"
        out.mkdir()
        # 100 GB to read that take 32 MB on the disk.
        line = "".join(random.choices(string.ascii_letters + " ", k=99)) + "\n"
        planted.write(tree, {"0/text": line * ((32 << 20) // 100)})
        for folder in range(1, 4):
            (tree / str(folder)).mkdir()
            for number in range(1000):
                os.link(tree / "0/text", tree / str(folder) / str(number))
        child = subprocess.Popen([str(harness.world.assay), "scan", str(tree), "--only", "secrets-source", "--format", "json",
                                  "--evidence", "evidence.jsonl", "--ledger", "ledger.db", "-o", "sarif=report.sarif"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=out, env=KEY)

        def has_begun():
            # By what it has computed: more than making the engine takes, far less than the search.
            fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
            return int(fields[11]) + int(fields[12]) > 3 * os.sysconf("SC_CLK_TCK")

        self.assertTrue(harness.wait_until(has_begun))
        self.assertIsNone(child.poll(), "it ended before it was interrupted")
        child.send_signal(signal.SIGINT)
        text, errors = child.communicate(timeout=120)
        self.assertEqual(child.returncode, 130, errors)
        report = json.loads(text)
        self.assertFalse(report["scan"]["complete"])
        self.assertEqual([one["outcome"] for one in report["verdicts"]], ["inconclusive"])
        records = [json.loads(one) for one in (out / "evidence.jsonl").read_text().splitlines()]
        sweep = next(one["body"] for one in records if one.get("kind") == "secret.sweep")
        self.assertIn("interrupted", {one["reason"] for one in sweep["gaps"]})
        json.loads((out / "report.sarif").read_text())
        self.assertEqual({one.name for one in out.iterdir()} - {"ledger.db-shm", "ledger.db-wal"},
                         {"evidence.jsonl", "ledger.db", "report.sarif"})
        again = assay("replay", out / "evidence.jsonl", "--only", "secrets-source", "--format", "json")
        self.assertEqual([one["outcome"] for one in again.report["verdicts"]], ["inconclusive"])


class Staged(unittest.TestCase):
    def setUp(self):
        self.root = harness.scratch_directory()
        self.token = planted.Filler(9).fill("ghp_{{base62:30}}{{crc32-base62}}")
        git(self.root, "init", "-q")
        planted.write(self.root, {"a.js": "let a = 1;\n"})
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "-m", "first")

    def test_only_what_is_staged_counts(self):
        planted.write(self.root, {"b.env": f"GITHUB_TOKEN={self.token}\n"})
        run = scan("--staged", cwd=self.root)
        self.assertEqual(run.code, 0, run.explain())
        git(self.root, "add", "b.env")
        run = scan("--staged", cwd=self.root)
        self.assertEqual(run.code, 1, run.explain())
        self.assertIn("b.env:1:14", run.findings()[0]["proof"])

    def test_the_ignore_file_at_the_top_counts_below_it(self):
        planted.write(self.root, {"inner/b.env": f"GITHUB_TOKEN={self.token}\n"})
        git(self.root, "add", "-A")
        run = scan("--staged", self.root / "inner")
        self.assertEqual(run.code, 1, run.explain())
        fingerprint = run.findings()[0]["fingerprint"]
        self.assertEqual(fingerprint, scan(self.root).findings()[0]["fingerprint"])
        planted.write(self.root, {".assayignore": f"- fingerprint: {fingerprint}\n  reason: revoked in 2024\n"
                                                  f"  expires: {date.today() + timedelta(days=30)}\n"})
        run = scan("--staged", self.root / "inner")
        self.assertEqual(run.code, 0, run.explain())
        self.assertIn("revoked in 2024", run.findings()[0]["ignored"])

    def test_a_hook_stops_the_commit(self):
        hook = self.root / ".git/hooks/pre-commit"
        hook.write_text(f"#!/bin/sh\nexec '{harness.world.assay}' scan --staged --only secrets-source -q\n")
        hook.chmod(0o755)
        planted.write(self.root, {"b.env": f"GITHUB_TOKEN={self.token}\n"})
        git(self.root, "add", "b.env")
        refused = subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@acme.example", "commit", "-q", "-m", "x"],
                                 cwd=self.root, capture_output=True, text=True, check=False, env=KEY)
        self.assertNotEqual(refused.returncode, 0)
        planted.write(self.root, {"b.env": "GITHUB_TOKEN=${GITHUB_TOKEN}\n"})
        git(self.root, "add", "b.env")
        git(self.root, "commit", "-q", "-m", "x")

    def test_without_a_repository_it_says_so(self):
        run = scan("--staged", cwd=harness.scratch_directory())
        self.assertEqual(run.code, 2, run.explain())


if __name__ == "__main__":
    unittest.main()
