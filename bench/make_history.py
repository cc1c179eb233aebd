#!/usr/bin/env python3
"""Makes a repository with a long history for bench_git_history: source-like files, small edits, renames, removed secrets.

    make_history.py DIRECTORY [GIGABYTES [LINES]]

GIGABYTES (default 2) are those of all versions of all files, inflated; one in LINES (default 2000) lines holds a secret.
The same at every run. Bare. All versions of a file are given to `git fast-import` one after the other, so that it packs
them as deltas on each other, as `git repack` would after a far longer search.
"""

import random
import subprocess
import sys

WORDS = """return const function value index request response client server config buffer length string object array
path query error result handler module export import default await async static public private class this null true
false while else throw catch number token state event render props context update delete create insert select
""".split()
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Maker:
    def __init__(self, out, total, lines_a_secret):
        self.out, self.total = out, total
        self.secret_rate = 1 / lines_a_secret
        self.random = random.Random(20261123)
        self.names = [self.name() for _ in range(4000)]
        self.written, self.marks = 0, 0
        self.commits = []  # for each its instructions for fast-import

    def name(self):
        r = self.random
        return r.choice(WORDS) + "".join(r.choice(WORDS).capitalize() for _ in range(r.randrange(3)))

    def line(self):
        r = self.random
        if r.random() < self.secret_rate:
            return 'const apiKey = "%s";' % "".join(r.choices(LETTERS, k=40))
        indent = "  " * r.randrange(5)
        names = r.choices(self.names, k=r.randrange(1, 6))
        return indent + r.choice(["%s;", "if (%s) {", "%s = call(", "// %s", "}"]).replace("%s", " ".join(names))

    def edit(self, lines):
        r = self.random
        for _ in range(r.randrange(1, 8)):
            at = r.randrange(len(lines))
            kind = r.randrange(4)
            if kind == 0:
                lines[at:at] = [self.line() for _ in range(r.randrange(1, 12))]
            elif kind == 1 and len(lines) > 100:
                del lines[at : at + r.randrange(1, 12)]
            else:
                lines[at] = self.line()

    def data(self, text):
        data = text.encode()
        self.out.write(b"data %d\n" % len(data))
        self.out.write(data)
        self.out.write(b"\n")
        return len(data)

    def file(self):
        """All versions of one file, each in a commit of its own, chosen at random behind the one before."""
        r = self.random
        path = "src/%s/%s/%s%d.js" % (r.choice(WORDS), r.choice(WORDS), r.choice(self.names), self.marks)
        lines = [self.line() for _ in range(r.choice([100, 300, 800, 2500]))]
        commit = r.randrange(200)
        for version in range(r.choice([5, 50, 200, 1000])):
            self.edit(lines)
            self.marks += 1
            self.out.write(b"blob\nmark :%d\n" % self.marks)
            self.written += self.data("\n".join(lines) + "\n")
            commit += 1 + r.randrange(40)
            while len(self.commits) <= commit:
                self.commits.append([])
            if version % 397 == 396:
                self.commits[commit].append("D %s\n" % path)
                path = path.replace(".js", "x.js")
            self.commits[commit].append("M 100644 :%d %s\n" % (self.marks, path))

    def run(self):
        while self.written < self.total:
            self.file()
        for number, changes in enumerate(self.commits):
            self.out.write(b"commit refs/heads/main\n")
            self.out.write(b"committer a <a@example.com> %d +0000\n" % (1_600_000_000 + 600 * number))
            self.data("change %d\n" % number)
            self.out.write("".join(changes).encode())


def main():
    directory = sys.argv[1]
    gigabytes, lines = [float(text) for text in sys.argv[2:4]] + [2.0, 2000.0][len(sys.argv) - 2 :]
    subprocess.run(["git", "init", "-q", "--bare", directory], check=True)
    git = ["git", "-C", directory]
    importer = subprocess.Popen(git + ["fast-import", "--quiet", "--depth=50"], stdin=subprocess.PIPE)
    maker = Maker(importer.stdin, int(gigabytes * 1e9), lines)
    maker.run()
    importer.stdin.close()
    if importer.wait() != 0:
        sys.exit("make_history: git fast-import failed")
    print(f"{directory}: {len(maker.commits)} commits, {maker.marks} versions, {maker.written / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
