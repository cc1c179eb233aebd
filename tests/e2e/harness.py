"""What the end-to-end tests share: the lab that is up, and the program under test with its answers."""

import dataclasses
import json
import subprocess
import sys
import tempfile
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LAB = REPOSITORY / "lab" / "lab.py"


class _World:
    assay = None
    scratch = None
    state = None
    lab = {}


world = _World()


def begin(assay, scratch, state, raise_lab):
    world.assay, world.scratch, world.state = assay, scratch, state
    if raise_lab:
        subprocess.run([sys.executable, str(LAB), "up", "--background", "--state", str(state), "--fleet", "40"], check=True)
    world.lab = json.loads((state / "lab.json").read_text())


def end(lower_lab):
    if lower_lab:
        subprocess.run([sys.executable, str(LAB), "down", "--state", str(world.state)], check=True)


def target(name):
    """The lab's target called `name`."""
    return next(one for one in world.lab["targets"] if one["name"] == name)


def behaviour(name):
    return next(one for one in world.lab["behaviours"] if one["name"] == name)


def scratch_directory():
    return Path(tempfile.mkdtemp(dir=world.scratch))


@dataclasses.dataclass
class Run:
    """One run of the program."""

    code: int
    out: str
    err: str
    request_log: Path = None

    @property
    def report(self):
        return json.loads(self.out)

    def verdicts(self, report=None):
        """{(requirement, subject): outcome}."""
        return {(one["requirement"], one["subject"]): one["outcome"] for one in (report or self.report)["verdicts"]}

    def failing(self):
        """The (requirement, subject) pairs that fail."""
        return {key for key, outcome in self.verdicts().items() if outcome == "fail"}

    def findings(self):
        return [finding for verdict in self.report["verdicts"] for finding in verdict["findings"]]

    def why(self, requirement, subject):
        return next((f"{one['outcome']}: {one['reason']}" for one in self.report["verdicts"]
                     if (one["requirement"], one["subject"]) == (requirement, subject)), "no verdict")

    def requests(self):
        return [json.loads(line) for line in self.request_log.read_text().splitlines()]

    def explain(self):
        return f"exit code {self.code}\nstdout: {self.out[:2000]}\nstderr: {self.err[:2000]}"


def assay(*arguments, timeout=120, input_text=None):
    """Runs the program with exactly these arguments, in an empty directory."""
    done = subprocess.run([str(world.assay), *map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False,
                          cwd=scratch_directory(), input=input_text)
    return Run(done.returncode, done.stdout, done.stderr)


def lab_arguments():
    """What lets the program reach the lab; the rate is the lab's, not a marketplace's."""
    return [*world.lab["arguments"], "--rate", "0", "--ignore-file", "/dev/null"]


def scan(*arguments, timeout=120, output="json"):
    """Scans within the lab; the request log is read into the run."""
    log = scratch_directory() / "requests.jsonl"
    run = assay("scan", *arguments, *lab_arguments(), "--format", output, "--request-log", log, timeout=timeout)
    run.request_log = log
    return run


def wait_until(condition, seconds=120):
    """Whether `condition` holds within so long; asks ten times a second."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def side_by_side(function, items, at_once=4):
    """{item: function(item)}, several at a time."""
    with ThreadPoolExecutor(at_once) as pool:
        return dict(zip(items, pool.map(function, items)))


def path_of(subject):
    return urllib.parse.urlsplit(subject).path
