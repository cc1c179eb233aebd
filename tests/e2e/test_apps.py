"""The Connect apps: verdict for verdict."""

import unittest

import harness
from harness import world

# Endpoint templates of lab/connect/atlassian-connect.json, below the base URL.
PAGES = ["/board/{project.key}?issue={issue.id}&view=${ac.view}", "/panel?issue={issue.key}", "/glance", "/workflow/view",
         "/nested/panel"]
ACTIONS = ["/branches/new?issue={issue.key}&summary={issue.summary}"]  # asked by the product, shown by no browser
ADMIN = ["/admin", "/configure", "/audit"]
PUBLIC = ["/shell", "/welcome", "/background"]
HOOKS = ["/hooks/issue-created", "/hooks/issue-updated", "/workflow/run"]
SIGNED = ["/installed", "/uninstalled"]
ORIGIN = ["tls-version", "https-only", "hsts", "cert-valid", "cookie-flags", "methods-disabled", "error-leak"]


def subjects(base, requirement, paths):
    return {(requirement, base + path) for path in paths}


class GoodAppTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = harness.target("good-app.lab")["base"]
        cls.run_ = harness.scan(harness.target("good-app.lab")["url"], "--tenant", world.lab["tenant"])

    def test_nothing_fails(self):
        self.assertEqual(self.run_.failing(), set())
        self.assertIn(self.run_.code, (0, 3), self.run_.explain())

    def test_what_matters_passes(self):
        verdicts = self.run_.verdicts()
        expected = {(requirement, self.base) for requirement in ORIGIN}
        expected |= subjects(self.base, "authn-endpoint", PAGES + ACTIONS + ADMIN + HOOKS) | subjects(self.base, "signed-install", SIGNED)
        expected |= subjects(self.base, "cache-control", PAGES + ACTIONS) | subjects(self.base, "referrer-policy", PAGES)
        for key in expected:
            with self.subTest(key[0], subject=key[1]):
                self.assertEqual(verdicts.get(key), "pass", self.run_.why(*key))

    def test_public_pages_are_not_blamed(self):
        for key in subjects(self.base, "authn-endpoint", PUBLIC):
            self.assertEqual(self.run_.verdicts().get(key), "not-applicable", key)

    def test_foreign_links_have_no_verdict(self):
        """Only that their domains are registered is looked at, because the app depends on them."""
        self.assertFalse([subject for requirement, subject in self.run_.verdicts()
                          if "foreign-site" in subject and requirement != "domain-registered"])


class BadAppTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = harness.target("bad-app.lab")["base"]
        cls.run_ = harness.scan(harness.target("bad-app.lab")["url"])

    def test_it_fails_exactly_what_it_does_wrong(self):
        expected = {(requirement, self.base) for requirement in ORIGIN if requirement != "cert-valid"}
        expected |= subjects(self.base, "authn-endpoint", PAGES + ACTIONS + ADMIN) | subjects(self.base, "signed-install", SIGNED)
        expected |= subjects(self.base, "cache-control", PAGES + ACTIONS + ADMIN) | subjects(self.base, "referrer-policy", PAGES + ADMIN)
        self.assertEqual(self.run_.failing(), expected)

    def test_exit_code_and_severity(self):
        self.assertEqual(self.run_.code, 1)
        severities = {finding["requirement"]: finding["severity"] for finding in self.run_.findings()}
        self.assertEqual(severities["tls-version"], "high")
        self.assertEqual(severities["signed-install"], "high")
        self.assertEqual(severities["authn-endpoint"], "medium")
        self.assertEqual(severities["hsts"], "medium")

    def test_empty_answers_prove_nothing(self):
        for key in subjects(self.base, "authn-endpoint", HOOKS):
            self.assertEqual(self.run_.verdicts().get(key), "inconclusive", key)


class NoRolesAppTest(unittest.TestCase):
    def test_only_the_missing_role_check_fails(self):
        target = harness.target("no-roles-app.lab")
        run = harness.scan(target["url"], "--user-jwt", world.lab["user_jwt"])
        self.assertEqual(run.failing(), {("authz-endpoint", target["base"] + "/admin")})

    def test_the_correct_app_refuses_the_same_token(self):
        target = harness.target("good-app.lab")
        run = harness.scan(target["url"], "--user-jwt", world.lab["user_jwt"])
        self.assertEqual(run.verdicts()[("authz-endpoint", target["base"] + "/admin")], "pass",
                         run.why("authz-endpoint", target["base"] + "/admin"))


class DefectsAppTest(unittest.TestCase):
    def check(self, with_tenant):
        target = harness.target("defects-app.lab")
        run = harness.scan(target["url"], *(["--tenant", world.lab["tenant"]] if with_tenant else []))
        verdicts = run.verdicts()
        for one in world.lab["defects"]:
            if one["with_tenant"] == with_tenant:
                key = (one["requirement"], target["base"] + one["path"])
                with self.subTest(one["requirement"], path=one["path"]):
                    self.assertEqual(verdicts.get(key), one["outcome"], run.why(*key))
        known = {(one["requirement"], target["base"] + one["path"]) for one in world.lab["defects"] if one["outcome"] == "fail"}
        self.assertFalse({key for key in run.failing() if key[0] in ("authn-endpoint", "signed-install")} - known)

    def test_one_defect_per_endpoint(self):
        self.check(False)

    def test_with_a_tenant_more_is_seen(self):
        self.check(True)


if __name__ == "__main__":
    unittest.main()
