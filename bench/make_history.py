#!/usr/bin/env python3
"""Makes a repository with a long history for bench_git_history: source-like files, small edits, renames, removed secrets.

    make_history.py DIRECTORY [GIGABYTES]     (of all versions of all files, inflated; default 2)

The same at every run. Bare, and packed as `git gc` packs.
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
    def __init__(self, out, total):
        self.out, self.total = out, total
        self.random = random.Random(20261123)
        self.names = [self.name() for _ in range(4000)]
        self.files, self.written, self.commits = {}, 0, 0

    def name(self):
        r = self.random
        return r.choice(WORDS) + "".join(r.choice(WORDS).capitalize() for _ in range(r.randrange(3)))

    def line(self):
        r = self.random
        if r.random() < 0.0005:
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

    def run(self):
        r = self.random
        while self.written < self.total:
            self.out.write(b"commit refs/heads/main\n")
            self.out.write(b"committer a <a@example.com> %d +0000\n" % (1_600_000_000 + 600 * self.commits))
            self.data("change %d\n" % self.commits)
            renames = self.commits % 97 == 96
            if not renames and len(self.files) < 400 and self.commits % 20 == 0 or not self.files:
                path = "src/%s/%s/%s%d.js" % (r.choice(WORDS), r.choice(WORDS), r.choice(self.names), self.commits)
                self.files[path] = [self.line() for _ in range(r.choice([100, 300, 800, 2500]))]
                changed = {path}
            else:
                changed = set(r.choices(list(self.files), k=r.randrange(1, 5)))
            if renames:
                old = r.choice(sorted(changed))
                new = old.replace(".js", "x.js")
                self.files[new] = self.files.pop(old)
                self.out.write(b"R %s %s\n" % (old.encode(), new.encode()))
                changed = {new if path == old else path for path in changed}
            for path in sorted(changed):
                self.edit(self.files[path])
                self.out.write(b"M 100644 inline %s\n" % path.encode())
                self.written += self.data("\n".join(self.files[path]) + "\n")
            self.commits += 1


def main():
    directory, gigabytes = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 2.0
    subprocess.run(["git", "init", "-q", "--bare", directory], check=True)
    git = ["git", "-C", directory]
    importer = subprocess.Popen(git + ["fast-import", "--quiet"], stdin=subprocess.PIPE)
    maker = Maker(importer.stdin, int(gigabytes * 1e9))
    maker.run()
    importer.stdin.close()
    if importer.wait() != 0:
        sys.exit("make_history: git fast-import failed")
    subprocess.run(git + ["repack", "-adfq", "--depth=50", "--window=10"], check=True)
    print(f"{directory}: {maker.commits} commits, {maker.written / 1e9:.2f} GB of file versions")


if __name__ == "__main__":
    main()
