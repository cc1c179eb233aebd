"""How a scan behaves: budgets, foreign hosts, interruption, replay and the ledger."""

import collections
import json
import signal
import subprocess
import unittest

import harness
from harness import world


class BudgetTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.urls = [harness.target(name)["url"] for name in ("good-app.lab", "bad-app.lab", "no-roles-app.lab", "defects-app.lab")]
        cls.run_ = harness.scan(*cls.urls, "--tenant", world.lab["tenant"], "--user-jwt", world.lab["user_jwt"])

    def test_no_link_gets_more_than_six_requests(self):
        per_link = collections.Counter((one["scan"], one["link"]) for one in self.run_.requests()
                                       if one["activity"] == "http" and one["link"] != "validation")
        self.assertGreater(len(per_link), 40)
        self.assertLessEqual(max(per_link.values()), 6, per_link.most_common(3))

    def test_validation_takes_at_most_two(self):
        per_scan = collections.Counter(one["scan"] for one in self.run_.requests() if one.get("link") == "validation")
        self.assertEqual(len(per_scan), len(self.urls))
        self.assertLessEqual(max(per_scan.values()), 2)

    def test_foreign_hosts_are_never_asked(self):
        """Besides the apps only name servers, registries and the certificates' authority are."""
        apps = {"good-app.lab", "bad-app.lab", "no-roles-app.lab", "defects-app.lab"}
        asked = [one for one in self.run_.requests() if one["activity"] != "dns"]
        self.assertEqual({one["host"] for one in asked}, apps | {"rdap.registry.lab", "authority.lab"})
        for one in asked:
            if one["host"] not in apps:
                self.assertRegex(one["link"], "^(registry$|crl:|ocsp:|ca-issuers:)", one)
            self.assertEqual(one["activity"] == "registration", one["host"] == "rdap.registry.lab", one)
        with open(world.lab["trap"], encoding="utf-8") as trap:
            self.assertEqual(trap.read(), "", "somebody called the foreign host")

    def test_the_servers_saw_what_the_log_says(self):
        """Every HTTP request that nginx served for the twin within a scan is in the request log; what is only in the log was
        sent on a connection that the server was closing, and sent again."""
        with open(world.lab["access_log"], encoding="utf-8") as log:
            before = len(log.readlines())
        run = harness.scan(harness.target("bad-app.lab")["url"])
        logged = collections.Counter(one["method"] for one in run.requests() if one["activity"] == "http" and one["host"] == "bad-app.lab")

        def served_since():
            with open(world.lab["access_log"], encoding="utf-8") as log:
                lines = [line.rstrip("\n").split("\t") for line in log.readlines()[before:]]
            return collections.Counter(fields[4] for fields in lines if fields[3].partition(":")[0] == "bad-app.lab" and fields[4])

        # The server writes its log a moment after its answer.
        harness.wait_until(lambda: served_since().total() > logged.total() * 0.8, seconds=30)
        served = served_since()
        self.assertEqual(served - logged, collections.Counter())
        self.assertEqual(set(logged - served) - {"GET", "OPTIONS"}, set())
        self.assertGreater(served.total(), logged.total() * 0.8)

    def test_secrets_stay_out_of_log_and_report(self):
        with open(world.lab["tenant"], encoding="utf-8") as file:
            secret = json.load(file)["sharedSecret"]
        with open(world.lab["user_jwt"], encoding="utf-8") as file:
            token = file.read().strip()
        for text in (self.run_.out, self.run_.request_log.read_text()):
            self.assertNotIn(secret, text)
            self.assertNotIn(token, text)


class InterruptTest(unittest.TestCase):
    def test_ctrl_c_ends_it_and_keeps_the_evidence(self):
        directory = harness.scratch_directory()
        evidence = directory / "evidence.jsonl"
        command = [str(world.assay), "scan", harness.behaviour("slow-drip")["url"], harness.target("good-app.lab")["url"],
                   harness.behaviour("tcp-silent")["url"], *harness.lab_arguments(), "--format", "json", "--evidence",
                   str(evidence)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=directory)
        self.assertTrue(harness.wait_until(lambda: evidence.exists() and '"lab-good-app"' in evidence.read_text()))
        self.assertIsNone(child.poll(), "it ended before it was interrupted")
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
        self.assertEqual(child.returncode, 130 if "fail" not in out else child.returncode, err)
        self.assertIn(child.returncode, (1, 130))
        self.assertIn("incomplete", err)
        reports = {one["app"]["key"]: one for one in json.loads(out)}
        self.assertFalse(all(one["scan"]["complete"] for one in reports.values()))
        self.assertTrue(reports["lab-good-app"]["scan"]["complete"])
        kinds = {json.loads(line).get("kind") for line in evidence.read_text().splitlines()}
        self.assertIn("tls.enumeration", kinds)


class ReplayTest(unittest.TestCase):
    def test_replay_gives_identical_verdicts_without_traffic(self):
        for name in ("good-app.lab", "bad-app.lab"):
            evidence = harness.scratch_directory() / "evidence.jsonl"
            scanned = harness.scan(harness.target(name)["url"], "--tenant", world.lab["tenant"], "--evidence", evidence)
            size = len(open(world.lab["access_log"], encoding="utf-8").readlines())
            replayed = harness.assay("replay", evidence, "--format", "json")
            self.assertEqual(scanned.report["verdicts"], replayed.report["verdicts"])
            self.assertEqual(scanned.code, replayed.code)
            self.assertEqual(len(open(world.lab["access_log"], encoding="utf-8").readlines()), size)


class LedgerTest(unittest.TestCase):
    @staticmethod
    def standings(run):
        """How the findings of decided verdicts stand; hints of inconclusive ones are not compared."""
        return {finding.get("standing") for verdict in run.report["verdicts"] if verdict["outcome"] in ("pass", "fail")
                for finding in verdict["findings"]}

    def test_a_second_scan_says_what_is_new_and_still_there(self):
        ledger = harness.scratch_directory() / "ledger.db"
        url = harness.target("bad-app.lab")["url"]
        first = harness.scan(url, "--ledger", ledger)
        self.assertEqual(self.standings(first), {"new"})
        second = harness.scan(url, "--ledger", ledger)
        self.assertEqual(self.standings(second), {"still-there"})
        self.assertEqual({one["fingerprint"] for one in first.findings()}, {one["fingerprint"] for one in second.findings()})
        self.assertEqual(second.report["fixed"], [])

    def test_what_was_mended_is_fixed(self):
        # The certificate is mended by trusting its authority.
        ledger = harness.scratch_directory() / "ledger.db"
        url = harness.target("tls-12.lab")["url"]
        distrustful = [one for one in harness.lab_arguments() if one not in ("--trust", world.lab["ca"])]
        before = harness.assay("scan", url, "--kind", "service", *distrustful, "--format", "json", "--ledger", ledger)
        self.assertEqual(before.failing(), {("cert-valid", harness.target("tls-12.lab")["base"])})
        self.assertEqual(self.tickets(ledger), [("cert-valid", "needs-patch", True)])
        after = harness.scan(url, "--kind", "service", "--ledger", ledger)
        self.assertEqual(after.failing(), set())
        self.assertEqual([one["requirement"] for one in after.report["fixed"]], ["cert-valid"])
        self.assertEqual(self.tickets(ledger), [("cert-valid", "patched", False)])

    @staticmethod
    def tickets(ledger):
        listed = harness.assay("tickets", "list", "--ledger", ledger, "--format", "json")
        return [(one["requirement"], one["state"], one["live"]) for one in json.loads(listed.out)]

    def test_what_the_app_no_longer_names_is_gone_and_not_fixed(self):
        ledger = harness.scratch_directory() / "ledger.db"
        descriptor = harness.scratch_directory() / "descriptor.json"
        base = harness.target("bad-app.lab")["base"]

        def scan_naming(*paths, output="json"):
            pages = [{"key": f"page-{at}", "name": {"value": "Page"}, "url": path} for at, path in enumerate(paths)]
            descriptor.write_text(json.dumps({"key": "shrinking-app", "name": "Shrinking", "baseUrl": base,
                                              "authentication": {"type": "jwt"}, "modules": {"generalPages": pages}}))
            return harness.scan(descriptor, "--only", "authn-endpoint", "--ledger", ledger, output=output)

        both = scan_naming("/audit", "/panel")
        self.assertEqual(both.failing(), {("authn-endpoint", base + "/audit"), ("authn-endpoint", base + "/panel")})
        one = scan_naming("/audit")
        self.assertEqual(one.report["fixed"], [])
        self.assertEqual({finding["subject"] for finding in one.report["gone"]}, {base + "/panel"})
        shown = harness.assay("apps", "show", "shrinking-app", "--ledger", ledger)
        self.assertIn("no longer named by the app since", shown.out)
        none = scan_naming(output="text")
        self.assertIn("NO LONGER NAMED BY THE APP", none.out)
        back = scan_naming("/panel")
        self.assertEqual(self.standings(back), {"new"})

    def test_apps_of_the_ledger(self):
        ledger = harness.scratch_directory() / "ledger.db"
        url = harness.target("good-app.lab")["url"]
        harness.scan(url, "--ledger", ledger)
        listed = harness.assay("apps", "list", "--ledger", ledger)
        self.assertEqual(listed.code, 0, listed.explain())
        self.assertIn("lab-good-app", listed.out)
        removed = harness.assay("apps", "remove", "lab-good-app", "--ledger", ledger)
        self.assertEqual(removed.code, 0, removed.explain())
        self.assertNotIn("lab-good-app", harness.assay("apps", "list", "--ledger", ledger).out)


class FleetTest(unittest.TestCase):
    def test_forty_apps_side_by_side(self):
        run = harness.scan("--targets", world.lab["fleet"]["targets"], "--tls", "policy", timeout=180)
        reports = run.report
        self.assertEqual(len(reports), world.lab["fleet"]["count"])
        self.assertEqual([one["app"]["key"] for one in reports], [f"fleet-app-{at:05d}.lab" for at in range(len(reports))])
        for one in reports:
            self.assertNotIn("fail", {verdict["outcome"] for verdict in one["verdicts"]}, one["app"]["key"])


if __name__ == "__main__":
    unittest.main()
