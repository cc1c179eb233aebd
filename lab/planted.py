#!/usr/bin/env python3
"""Plants secrets: a tree, a history, and archives inside each other, with the examples of the rules of catalog/secrets/ filled in,
and a clean twin without them. Nothing of it is stored in the repository.

    lab/planted.py DIRECTORY      makes DIRECTORY/planted, DIRECTORY/clean and DIRECTORY/planted.json, which says what is where
    lab/planted.py --serve FILE   serves an app whose bundles hold secrets, and its clean twin; writes their URLs into FILE, a line each
"""

import base64
import http.server
import io
import json
import random
import ssl
import string
import subprocess
import sys
import tarfile
import threading
import uuid
import zipfile
import zlib
from pathlib import Path

import yaml

RULES = Path(__file__).resolve().parents[1] / "catalog" / "secrets"

ALPHABETS = {
    "base62": string.digits + string.ascii_uppercase + string.ascii_lowercase,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "digit": string.digits,
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "alnum": string.digits + string.ascii_lowercase,
    "ALNUM": string.digits + string.ascii_uppercase,
    "base32": string.ascii_uppercase + "234567",
    "base64": string.ascii_letters + string.digits + "+/",
    "base64url": string.ascii_letters + string.digits + "-_",
}

# Where an example is put, in turn. None of them is a place of tests or documentation.
PLACES = ["src/config/{id}.env", "app/{id}.properties", "server/{id}.yaml", "deploy/{id}.conf"]

CLEAN = {
    "package.json": '{"name": "acme-app", "version": "1.0.0", "scripts": {"start": "node src/app.js"}}\n',
    "src/app.js": "const token = process.env.ACME_TOKEN;\nif (!token) throw new Error('ACME_TOKEN is not set');\nmodule.exports = { token };\n",
    "src/config.yaml": "database:\n  url: ${DATABASE_URL}\n  password: ${DATABASE_PASSWORD}\ncolour: '#a1b2c3'\n",
    "README.md": "# Acme\n\nSet ACME_TOKEN=<your token> and run `npm start`.\n",
    "src/build.txt": "commit 0f343b0931126a20f133d67c2b018a3b5f0a7b6e\nid 4b1c9f0a-1f7e-4c55-9f1c-6a2f6f1d2e3b\n",
}


def base62(number):
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = ALPHABETS["base62"][digit] + digits
    return digits.rjust(6, "0")


class Filler:
    """Fills the templates of docs/secrets.md."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.keys = {}

    def chars(self, alphabet, count):
        return "".join(self.random.choice(alphabet) for _ in range(count))

    def fill(self, text):
        out = ""
        while True:
            start = text.find("{{")
            if start < 0:
                return out + text
            depth, at = 0, start
            while True:
                if text.startswith("{{", at):
                    depth, at = depth + 1, at + 2
                elif text.startswith("}}", at):
                    depth, at = depth - 1, at + 2
                    if depth == 0:
                        break
                else:
                    at += 1
            out += text[:start]
            out += self.value(text[start + 2:at - 2], out)
            text = text[at:]

    def value(self, name, so_far):
        kind, _, argument = name.partition(":")
        if kind == "uuid":
            return str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        if kind == "jwt":
            def part(value):
                return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")
            return ".".join([part({"alg": "HS256", "typ": "JWT"}),
                             part({"sub": self.chars(string.digits, 10), "iat": 1700000000 + self.random.randrange(10**7)}),
                             self.chars(ALPHABETS["base64url"], 43)])
        if kind.startswith("crc32-"):
            # Of the token so far: from the last blank, quote, "=" or ":", but for a "=" or "_" directly before.
            body = so_far[max(so_far[:-1].rfind(cut) for cut in " \t\n\"'`=:") + 1:]
            if kind == "crc32-hex":
                return f"{zlib.crc32(body.removesuffix('_').encode()):08x}"
            return base62(zlib.crc32(body[body.rfind("_") + 1:].encode()))
        if kind == "pem":
            return self.key(argument)
        if kind == "b64":
            return base64.b64encode(self.fill(argument).encode()).decode()
        return self.chars(ALPHABETS[kind], int(argument))

    def key(self, kind):
        if kind not in self.keys:
            how = {"rsa": ["genrsa", "-traditional", "2048"], "ec": ["ecparam", "-name", "prime256v1", "-genkey", "-noout"],
                   "ed25519": ["genpkey", "-algorithm", "ED25519"]}[kind]
            self.keys[kind] = subprocess.run(["openssl", *how], check=True, capture_output=True, text=True).stdout.rstrip("\n")
        return self.keys[kind]


def rules():
    """(rule, one of its examples) of every rule that is a finding by itself."""
    for path in sorted(RULES.glob("*.yaml")):
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]:
            needs_another = any(one.get("required") for one in rule.get("companions", []))
            if not rule.get("public_by_design") and not needs_another:
                yield rule["id"], rule["examples"][0]


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text, encoding="utf-8")


def packed_zip(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def packed_tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            content = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def git(root, *arguments):
    subprocess.run(["git", "-c", "user.name=lab", "-c", "user.email=lab@acme.example", "-c", "init.defaultBranch=main",
                    *arguments], cwd=root, check=True, capture_output=True)


def plant(directory, seed=1):
    """Makes both trees; returns [{"rule", "path", "deleted"}] of what was planted."""
    filler = Filler(seed)
    planted, clean = directory / "planted", directory / "clean"
    write(planted, CLEAN)
    write(clean, {**CLEAN, "dist/app.zip": packed_zip(CLEAN), "dist/app.tgz": packed_tar(CLEAN)})
    what = []
    files = {}
    for number, (rule, example) in enumerate(rules()):
        path = PLACES[number % len(PLACES)].format(id=rule)
        files[path] = filler.fill(example) + "\n"
        what.append({"rule": rule, "path": path, "deleted": False})
    write(planted, files)

    github = "GITHUB_TOKEN=" + filler.fill("ghp_{{base62:30}}{{crc32-base62}}") + "\n"
    inner = packed_zip({"conf/settings.env": github})
    write(planted, {"dist/bundle.tgz": packed_tar({"lib/plugin.jar": inner, "app.js": "let a = 1;\n"})})
    what.append({"rule": "github-personal-token", "path": "dist/bundle.tgz!/lib/plugin.jar!/conf/settings.env", "deleted": False})

    git(planted, "init", "-q")
    write(planted, {"src/old.env": "GITHUB_TOKEN=" + filler.fill("ghp_{{base62:30}}{{crc32-base62}}") + "\n"})
    git(planted, "add", "-A")
    git(planted, "commit", "-q", "-m", "first")
    (planted / "src/old.env").unlink()
    git(planted, "add", "-A")
    git(planted, "commit", "-q", "-m", "remove the token")
    what.append({"rule": "github-personal-token", "path": "src/old.env", "deleted": True})
    git(clean, "init", "-q")
    git(clean, "add", "-A")
    git(clean, "commit", "-q", "-m", "first")
    (directory / "planted.json").write_text(json.dumps(what, indent=1), encoding="utf-8")
    return what


def app(filler):
    """{path: (type, body)} of an app whose page, module and source map hold a secret each, and what is where."""
    def token():
        return filler.fill("ghp_{{base62:30}}{{crc32-base62}}")

    source = f"// settings\nexport const settings = {{ token: '{token()}' }};\n"
    source_map = {"version": 3, "sources": ["webpack://acme/./src/settings.js"], "sourcesContent": [source], "mappings": ""}
    files = {"/": ("text/html", f"<!doctype html><title>Acme</title><script>var github = '{token()}';</script>"
                                "<script type=module src=/static/app.min.js?v=1></script>"),
             "/static/app.min.js?v=1": ("text/javascript", "import('./lazy.js');var a=1;\n//# sourceMappingURL=app.min.js.map\n"),
             "/static/lazy.js": ("text/javascript", f"const headers={{authorization:'token {token()}'}};\n"),
             "/static/app.min.js.map": ("application/json", json.dumps(source_map))}
    return files, ["/", "/static/lazy.js", "/static/app.min.js.map!/acme/./src/settings.js"]


CLEAN_APP = {"/": ("text/html", "<!doctype html><title>Acme</title><script src=/app.js></script>"),
             "/app.js": ("text/javascript", "const token = document.querySelector('meta[name=token]').content;\n")}


class Served(http.server.ThreadingHTTPServer):
    """Serves `files` on a free port of loopback until it is closed. `requests`: (method, path) of what was asked."""

    def __init__(self, files):
        outer = self
        self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.requests.append((self.command, self.path))
                known = files.get(self.path) if self.command == "GET" else None
                kind, body = known or ("text/plain", "Nothing here")
                body = body if isinstance(body, bytes) else body.encode()
                self.send_response(200 if known else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_OPTIONS = do_TRACE = do_GET

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Provider(http.server.ThreadingHTTPServer):
    """A provider's API on loopback, over TLS, that answers everything with `status`. `requests`: (method, path, Authorization).
    `authority` is the file with the certificate to trust."""

    def __init__(self, directory, status):
        outer = self
        self.requests = []
        self.authority = directory / "provider.pem"
        key = directory / "provider.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=Provider", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.authority],
                       check=True, capture_output=True)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append((self.command, self.path, self.headers.get("Authorization")))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority, key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server_address[1]}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()


def serve(file):
    servers = [Served(app(Filler(2))[0]), Served(CLEAN_APP)]
    partial = Path(file + ".part")
    partial.write_text("".join(one.url + "\n" for one in servers), encoding="utf-8")
    partial.rename(file)
    threading.Event().wait()


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--serve":
        serve(sys.argv[2])
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    print(f"{len(plant(target))} secrets planted in {target}/planted; {target}/clean has none")
