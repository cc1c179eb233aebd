"""The secrets part of run.py: ours and the peers that package registries give, on the same trees, in one run.

Peers and packages are fetched on demand, pinned, into a cache outside of the repository (ASSAY_BENCH_CACHE, default
assay-bench in the user's cache directory). What cannot be had is reported as absent. No tool verifies anything over the network.
"""

import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LABELLED = ("labelled", "held_out", "second_held_out", "third_held_out")
LIMIT = 240  # seconds that one run may take
SLOWEST = 0.2e6  # bytes a second: slower tools are only run on the small tree

# Never looked at while anything was tuned; fetched as published.
CLEAN = """
ag-grid-community@36.2.0 @apollo/client@4.3.8 @aws-sdk/client-ec2@3.1169.0 @aws-sdk/client-s3@3.1173.0 @azure/identity@4.13.1
@azure/storage-blob@12.32.0 babylonjs@9.35.0 cesium@1.140.0 devextreme@26.1.5 @elastic/eui@122.1.0 element-plus@2.14.8 exceljs@4.4.0
firebase-tools@15.34.2 @google-cloud/storage@7.22.0 @ionic/core@9.0.5 ioredis@6.0.0 jira.js@5.4.0 jsforce@3.10.16 knex@3.3.0 maplibre-gl@6.17.0
mysql2@3.24.6 pdfjs-dist@5.6.205 playwright-core@1.65.1 plotly.js@3.7.0 primeng@22.1.1 puppeteer-core@24.43.1 quasar@2.27.0 @sentry/node@11.12.0
serverless@4.43.0 snyk@1.1307.4 svelte@5.57.3 swagger-ui-dist@5.35.0 typeorm@1.1.1 video.js@8.24.1 vuetify@4.3.0 xlsx@0.18.5
""".split()
SMALL = ("knex@", "ioredis@", "svelte@")  # of CLEAN, for the tools that take minutes for more
MIDDLE = ("plotly.js@",)  # of CLEAN: 99 MB, which most finish
INSTALL_LIMIT = 1500  # seconds


class Absent(Exception):
    """The tool cannot be had here; says why."""


def cache_directory():
    own = os.environ.get("ASSAY_BENCH_CACHE")
    base = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    return pathlib.Path(own) if own else base / "assay-bench"


def install(command, **options):
    try:
        done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=INSTALL_LIMIT, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Absent(str(error)) from error
    if done.returncode != 0:
        raise Absent((done.stdout.strip().splitlines() or ["no reason given"])[-1])
    return done.stdout


class Gitleaks:
    name, version = "gitleaks", "8.30.1"
    module = "github.com/zricethezav/gitleaks/v8"

    def __init__(self, cache):
        place = cache / f"gitleaks-{self.version}"
        self.program = place / "gitleaks"
        if not self.program.exists():
            place.mkdir(parents=True, exist_ok=True)
            install(["go", "install", f"{self.module}@v{self.version}"], env={**os.environ, "GOBIN": str(place)})
        install(["go", "mod", "download", f"{self.module}@v{self.version}"])
        modules = install(["go", "env", "GOMODCACHE"]).strip()
        rules = pathlib.Path(modules) / f"{self.module}@v{self.version}" / "config/gitleaks.toml"
        self.rules = rules.read_text().count("\n[[rules]]")

    def command(self, report):
        return [self.program, "dir", ".", "--no-banner", "--log-level=error", "--exit-code=0", "--report-format=json", f"--report-path={report}"]

    @staticmethod
    def findings(_, report):
        return [(f["File"], f["StartLine"]) for f in json.loads(report.read_text())]


class TruffleHog:
    """Its module has replace directives, so that it is built from its own tree."""
    name, version = "trufflehog", "3.90.0"
    module = "github.com/trufflesecurity/trufflehog/v3"

    def __init__(self, cache):
        place = cache / f"trufflehog-{self.version}"
        self.program = place / "trufflehog"
        if not self.program.exists():
            self._build(place)
        listed = (place / "source/pkg/engine/defaults/defaults.go").read_text()
        self.rules = len(re.findall(r"^\s*&?[a-z0-9_]+\.Scanner\{", listed, re.MULTILINE))

    def _build(self, place):
        place.mkdir(parents=True, exist_ok=True)
        install(["go", "mod", "download", f"{self.module}@v{self.version}"])
        source = pathlib.Path(install(["go", "env", "GOMODCACHE"]).strip()) / f"{self.module}@v{self.version}"
        shutil.copytree(source, place / "source", dirs_exist_ok=True)
        subprocess.run(["chmod", "-R", "u+w", place / "source"], check=True)
        install(["go", "build", "-o", self.program, "."], cwd=place / "source")

    def command(self, _):
        return [self.program, "filesystem", ".", "--no-verification", "--no-update", "--json"]

    @staticmethod
    def findings(output, _):
        found = []
        for line in output.splitlines():
            one = json.loads(line)
            place = one.get("SourceMetadata", {}).get("Data", {}).get("Filesystem")
            if place:
                found.append((place["file"], place.get("line", 0)))
        return found


def python_tool(cache, name, version):
    place = cache / f"{name}-{version}"
    if not (place / "installed").exists():
        install([sys.executable, "-m", "venv", place])
        install([place / "bin/pip", "--quiet", "install", f"{name}=={version}"])
        (place / "installed").touch()
    return place


class DetectSecrets:
    name, version = "detect-secrets", "1.5.0"

    def __init__(self, cache):
        place = python_tool(cache, self.name, self.version)
        self.program = place / "bin/detect-secrets"
        self.rules = len(install([self.program, "scan", "--list-all-plugins"]).split())

    def command(self, _):
        return [self.program, "scan", "--all-files", "--no-verify", "."]

    @staticmethod
    def findings(output, _):
        return [(path, one["line_number"]) for path, all_of in json.loads(output)["results"].items() for one in all_of]


class CredSweeper:
    name, version = "credsweeper", "1.19.5"

    def __init__(self, cache):
        place = python_tool(cache, self.name, self.version)
        self.program = place / "bin/credsweeper"
        rules = next(place.glob("lib/python*/site-packages/credsweeper/rules/config.yaml"))
        self.rules = len(re.findall(r"^- name:", rules.read_text(), re.MULTILINE))

    def command(self, report):
        return [self.program, "--path", ".", "--save-json", report, "--no-stdout", "--jobs", "2", "--log", "error"]

    @staticmethod
    def findings(_, report):
        return [(line["path"], line["line_num"]) for one in json.loads(report.read_text()) for line in one["line_data_list"][:1]]


class Secretlint:
    name, version = "secretlint", "13.0.6"
    preset = "13.0.7"

    def __init__(self, cache):
        place = cache / f"secretlint-{self.version}"
        preset = "@secretlint/secretlint-rule-preset-recommend"
        self.program = place / "node_modules/.bin/secretlint"
        if not self.program.exists():
            place.mkdir(parents=True, exist_ok=True)
            install(["npm", "install", "--silent", "--prefix", place, f"secretlint@{self.version}", f"{preset}@{self.preset}"])
        self.settings = place / "rules.json"
        self.settings.write_text(json.dumps({"rules": [{"id": preset}]}))
        # The preset carries its rules in one file; its packages are what it was made of.
        bundle = (place / "node_modules" / preset / "module/index.js").read_text()
        self.rules = len(set(re.findall(r"@secretlint/secretlint-rule-(?!preset)[a-z0-9-]+", bundle)))

    def command(self, _):
        return [self.program, "--secretlintrc", self.settings, "--no-gitignore", "--no-color", "--format", "unix", "**/*"]

    @staticmethod
    def findings(output, _):
        return [(found[1], int(found[2])) for found in re.finditer(r"^(.*?):(\d+):\d+: ", output, re.MULTILINE)]


class Ours:
    name, version = "assay", "this tree"
    program = None

    def __init__(self, build):
        self.program = build / "assay"
        listed = subprocess.run([build / "bench_secrets", ROOT / "tests/secrets/labelled"], stdout=subprocess.PIPE, text=True, check=True)
        self.rules = json.loads(listed.stdout)["rules"]

    def command(self, _):
        return [self.program, "scan", ".", "--only", "secrets-source", "--no-history", "--no-cache", "--no-inline-ignore", "--quiet", "--format", "sarif",
                "--fail-on", "none"]

    def findings(self, output, _):
        results = json.loads(output)["runs"][0]["results"]
        self.secrets = len(results)  # one finding a secret, with all its places
        return [(place["physicalLocation"]["artifactLocation"]["uri"], place["physicalLocation"].get("region", {}).get("startLine", 0))
                for result in results for place in result["locations"] if "physicalLocation" in place]


def run_tool(run_program, tool, tree, cores=None):
    """(lines with a finding, wall seconds, CPU seconds, peak MB)."""
    with tempfile.TemporaryDirectory(prefix="assay-bench-secrets-") as own:
        report = pathlib.Path(own) / "report.json"
        pinned = ["taskset", "-c", cores] if cores else []
        output, wall, cpu, memory, code, errors = run_program([*pinned, "timeout", str(LIMIT), *tool.command(report)], cwd=tree)
        if code == 124:
            raise Absent(f"stopped after {LIMIT} s")
        try:
            found = tool.findings(output, report)
        except (OSError, ValueError) as error:
            raise Absent(f"it ended with {code} and no report: {errors.strip()[-200:] or error}") from error
    tree = os.path.realpath(tree)
    return {(os.path.relpath(os.path.join(tree, path), tree), line) for path, line in found}, wall, cpu, memory / 1024


def fetch_clean(cache):
    """The packages of CLEAN, unpacked."""
    place = cache / "clean"
    for name in CLEAN:
        folder = place / name.lstrip("@").replace("/", "-")
        if (folder / "package").exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        packed = install(["npm", "pack", "--silent", name, "--pack-destination", folder]).split()[-1]
        shutil.rmtree(folder / "unpacking", ignore_errors=True)
        (folder / "unpacking").mkdir()
        install(["tar", "xzf", folder / packed, "-C", folder / "unpacking", "--strip-components=1"])
        (folder / packed).unlink()
        (folder / "unpacking").rename(folder / "package")
    return place


def part_of(clean, names, place):
    """Hard links to the packages whose names begin so."""
    for folder in clean.iterdir():
        if folder.name.startswith(names):
            shutil.copytree(folder, place / folder.name, copy_function=os.link)
    return place


def bytes_of(tree):
    return sum(p.stat().st_size for p in tree.rglob("*") if p.is_file() and not p.is_symlink())


class Score:
    """Of one labelled set: a line counts once, whatever is found in it."""

    def __init__(self, truths, found):
        self.secrets = len(truths)
        self.recalled = sum(any((t["file"], n) in found for n in range(t["line"], t["end_line"] + 1)) for t in truths)
        lines = {(t["file"], n) for t in truths for n in range(t["line"], t["end_line"] + 1)}
        self.wrong = len(found - lines)

    def row(self):
        recall = self.recalled / self.secrets
        precision = self.recalled / (self.recalled + self.wrong) if self.recalled + self.wrong else 0.0
        f1 = 2 * recall * precision / (recall + precision) if recall + precision else 0.0
        return f"{precision:.2f} / {recall:.2f} / **{f1:.2f}**"


def write_labelled(build, place):
    """The filled templates below `place`; label set → what stands in it."""
    output = subprocess.run([build / "bench_labelled", place, *(ROOT / "tests/secrets" / name for name in LABELLED)], stdout=subprocess.PIPE,
                            text=True, check=True).stdout
    truths = collections.defaultdict(list)
    for line in output.splitlines():
        truth = json.loads(line)
        truths[pathlib.PurePath(truth["file"]).parts[0]].append(truth)
    return truths


def tools_of(build, cache):
    tools = [Ours(build)]
    for kind in (Gitleaks, TruffleHog, DetectSecrets, CredSweeper, Secretlint):
        try:
            tools.append(kind(cache))
        except Absent as why:
            print(f"- {kind.name} {kind.version} is absent: {why}")
    print()
    return tools


def accuracy(run_program, build, tools, place):
    truths = write_labelled(build, place)
    sizes = ", ".join(f"{name} {len(found)}" for name, found in truths.items())
    print(f"### Labelled files (secrets: {sizes}): precision / recall / F1\n")
    print("| tool | rules | " + " | ".join(LABELLED) + " |\n|---|---|" + "---|" * len(LABELLED))
    for tool in tools:
        try:
            found = run_tool(run_program, tool, place)[0]
        except Absent as why:
            print(f"| {tool.name} {tool.version} | {tool.rules} | failed: {why} |")
            continue
        rows = [Score(truths[name], {f for f in found if f[0].startswith(name + "/")}).row() for name in LABELLED]
        print(f"| {tool.name} {tool.version} | {tool.rules} | " + " | ".join(rows) + " |", flush=True)
    print()


def floor(run_program, build, tree):
    """Bare open and read on one thread and on two, and ripgrep on two; wall seconds of reading on two."""
    output, *_ = run_program([build / "bench_read", tree])
    rows = json.loads(output)
    for row in rows:
        print(f"| open+read, {row['threads']} thread{'s' if row['threads'] > 1 else ''} | | {row['wall_s']:.2f} | {row['cpu_s']:.2f} | "
              f"{row['bytes'] / row['wall_s'] / 1e6:.0f} | {row['bytes'] / row['cpu_s'] / 1e6:.0f} | | |")
    ripgrep = shutil.which("rg")
    if ripgrep:
        _, wall, cpu, memory, *_ = min((run_program([ripgrep, "-uuu", "-c", "zzzqqq", tree]) for _ in range(3)), key=lambda r: r[1])
        print(f"| ripgrep, one literal | 1 | {wall:.2f} | {cpu:.2f} | {rows[0]['bytes'] / wall / 1e6:.0f} | {rows[0]['bytes'] / cpu / 1e6:.0f} | "
              f"{memory / 1024:.0f} | |")
    else:
        print("| ripgrep | absent | | | | | | |")
    return rows[-1]["wall_s"]


def speed(run_program, build, tools, tree, label, known):
    """One table; `known`: tool name → bytes a second on another tree. Returns the same for this one."""
    size, rates = bytes_of(tree), {}
    print(f"### {label}: {size / 1e6:.0f} MB, load average {os.getloadavg()[0]:.1f}\n")
    print("| tool | rules | wall s | CPU s | MB/s | MB/s of CPU | peak MB | lines with a finding, for 100 MB |\n|---|---|---|---|---|---|---|---|")
    bare = floor(run_program, build, tree)
    for tool in tools:
        if known.get(tool.name, SLOWEST) < SLOWEST:
            print(f"| {tool.name} | {tool.rules} | not run: {size / known[tool.name]:.0f} s by its speed on the small tree | | | | | |")
            continue
        ours = isinstance(tool, Ours)
        for cores, note in (("0", ", one core"), (None, "")) if ours else ((None, ""),):
            try:
                runs = [run_tool(run_program, tool, tree, cores) for _ in range(3 if ours else 1)]
            except Absent as why:
                print(f"| {tool.name} | {tool.rules} | failed: {why} | | | | | |")
                continue
            lines, wall, cpu, memory = min(runs, key=lambda r: r[1])
            cpu = min(r[2] for r in runs)
            rates[tool.name] = size / wall
            print(f"| {tool.name}{note} | {tool.rules} | {wall:.2f} | {cpu:.2f} | {size / wall / 1e6:.1f} | {size / cpu / 1e6:.1f} | "
                  f"{memory:.0f} | {len(lines)}, {len(lines) / size * 1e8:.1f} |", flush=True)
    print()
    if known:  # on a small tree, starting is all that is measured
        print(f"Ours reports each secret once: {tools[0].secrets} findings, {tools[0].secrets / size * 1e8:.1f} for 100 MB.")
        fastest = max((rate for name, rate in rates.items() if name != Ours.name), default=0)
        print(f"Ours reads at {rates[Ours.name] * bare / size * 100:.0f} % of the speed of bare open+read on two cores"
              + (f", and {rates[Ours.name] / fastest:.1f} times as fast as the fastest peer." if fastest else ".") + "\n")
    return rates


def run(run_program, build):
    print("## Secrets: peers, on the same trees\n")
    cache = cache_directory()
    tools = tools_of(build, cache)
    clean = fetch_clean(cache)
    with tempfile.TemporaryDirectory(prefix="assay-bench-labelled-") as labelled:
        accuracy(run_program, build, tools, pathlib.Path(labelled))
    rates = {}
    for names, label in ((SMALL, "A few small packages"), (MIDDLE, "One large package")):
        with tempfile.TemporaryDirectory(prefix="part-", dir=cache) as part:
            rates |= speed(run_program, build, tools, part_of(clean, names, pathlib.Path(part)), label, rates)
    speed(run_program, build, tools, clean, f"{len(CLEAN)} packages as published", rates)
