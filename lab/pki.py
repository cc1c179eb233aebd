"""The lab's private certificate authority: made with the openssl command line, cached in the state directory."""

import dataclasses
import datetime
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

LEAF_DAYS = 365
OVER_LONG_DAYS = 1000  # no public authority may issue for so long
RENEW_AFTER = datetime.timedelta(days=60)

CA_SECTION = """
[ca]
default_ca = lab
[lab]
database = {dir}/index.txt
new_certs_dir = {dir}
default_md = sha256
policy = any
copy_extensions = copy
rand_serial = yes
unique_subject = no
[any]
commonName = supplied
"""


@dataclasses.dataclass(frozen=True)
class Leaf:
    """One server certificate: `flaw` names what is wrong with it, "" for a good one."""

    name: str
    hosts: tuple
    flaw: str = ""
    rsa: bool = False


class Pki:
    def __init__(self, directory: Path):
        self.directory = directory
        self.trust = directory / "ca.pem"
        self.public = directory / "public"  # what the authority's web server gives out
        self.authority = ""

    def ensure(self, leaves, authority):
        """Makes what `leaves` need, unless an earlier run already did and it is still fresh. `authority`: the URL of
        `public`, which certificates name for their issuers and revocation lists."""
        self.authority = authority
        wanted = hashlib.sha256((authority + repr(sorted(leaves, key=lambda leaf: leaf.name))).encode()).hexdigest()
        stamp = self.directory / "stamp.json"
        now = datetime.datetime.now(datetime.timezone.utc)
        if stamp.exists():
            made = json.loads(stamp.read_text())
            age = now - datetime.datetime.fromisoformat(made["time"])
            if made["layout"] == wanted and datetime.timedelta(0) <= age < RENEW_AFTER:
                return
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True, mode=0o700)
        self.public.mkdir()
        self._make_authorities()
        for leaf in leaves:
            self._make_leaf(leaf, now)
        self._publish([leaf for leaf in leaves if leaf.flaw == "revoked"])
        stamp.write_text(json.dumps({"layout": wanted, "time": now.isoformat()}))

    def chain(self, name):
        return self.directory / f"{name}.pem"

    def key(self, name):
        return self.directory / f"{name}.key"

    def key_digest(self, name):
        """SHA-256 of the public key (SubjectPublicKeyInfo), as TLSA records have it."""
        self._run("pkey", "-in", self.key(name), "-pubout", "-outform", "DER", "-out", self.directory / "key.der")
        return hashlib.sha256((self.directory / "key.der").read_bytes()).hexdigest()

    def _run(self, *arguments):
        result = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"openssl {' '.join(map(str, arguments))}: {result.stderr.strip()}")

    def _new_key(self, name, rsa_bits=0):
        algorithm = ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{rsa_bits}"] if rsa_bits else [
            "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        self._run("genpkey", *algorithm, "-out", self.key(name))

    def _make_authorities(self):
        # A configuration of our own: extensions of the system's openssl.cnf must not leak into the lab.
        (self.directory / "req.cnf").write_text("[req]\ndistinguished_name = dn\n[dn]\n")
        (self.directory / "ca.cnf").write_text(CA_SECTION.format(dir=self.directory))
        (self.directory / "index.txt").touch()
        for name, subject in (("ca", "Assay lab root"), ("stranger", "Root that nobody trusts")):
            self._new_key(name)
            self._run("req", "-x509", "-config", self.directory / "req.cnf", "-key", self.key(name), "-days", 3650,
                      "-subj", f"/CN={subject}", "-addext", "basicConstraints=critical,CA:TRUE",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", self.chain(name))
        self._new_key("intermediate")
        self._run("req", "-x509", "-config", self.directory / "req.cnf", "-key", self.key("intermediate"),
                  "-CA", self.chain("ca"), "-CAkey", self.key("ca"), "-days", 1825,
                  "-subj", "/CN=Assay lab intermediate", "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0",
                  "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                  "-addext", f"crlDistributionPoints=URI:{self.authority}/ca.crl", "-out", self.chain("intermediate"))
        self._new_key("leaf")
        self._new_key("leaf-rsa", 2048)

    def _publish(self, revoked):
        """The intermediate, and the revocation lists of both authorities."""
        self._run("x509", "-in", self.chain("intermediate"), "-outform", "DER", "-out", self.public / "intermediate.der")
        self._make_list("ca")
        for leaf in revoked:
            self._run("ca", "-config", self.directory / "ca.cnf", "-cert", self.chain("intermediate"), "-keyfile",
                      self.key("intermediate"), "-crl_reason", "keyCompromise", "-revoke", self.directory / f"{leaf.name}.leaf.pem")
        self._make_list("intermediate")

    def _make_list(self, issuer):
        pem = self.directory / f"{issuer}.crl.pem"
        self._run("ca", "-config", self.directory / "ca.cnf", "-gencrl", "-cert", self.chain(issuer), "-keyfile",
                  self.key(issuer), "-crldays", 2 * RENEW_AFTER.days, "-out", pem)
        self._run("crl", "-in", pem, "-outform", "DER", "-out", self.public / f"{issuer}.crl")

    def _extensions(self, leaf):
        """What the certificate says besides its names, by what is wrong with it."""
        ca = "TRUE" if leaf.flaw == "leaf-is-ca" else "FALSE"
        extensions = [f"basicConstraints=critical,CA:{ca}"]
        if leaf.flaw == "leaf-is-ca":
            extensions.append("keyUsage=critical,digitalSignature,keyCertSign")
        if leaf.flaw != "no-purpose":
            extensions.append("extendedKeyUsage=" + ("clientAuth" if leaf.flaw == "wrong-purpose" else "serverAuth"))
        if leaf.flaw in ("listed", "revoked"):
            extensions.append(f"crlDistributionPoints=URI:{self.authority}/intermediate.crl")
        if leaf.flaw == "unlisted":
            extensions.append(f"crlDistributionPoints=URI:{self.authority}/no-such.crl")
        if leaf.flaw == "missing-intermediate-named":
            extensions.append(f"authorityInfoAccess=caIssuers;URI:{self.authority}/intermediate.der")
        return [part for one in extensions for part in ("-addext", one)]

    def _make_leaf(self, leaf, now):
        key = "leaf-rsa" if leaf.rsa else "leaf"
        if leaf.flaw == "weak-key":
            key = "leaf-weak"
            self._new_key(key, 1024)
        shutil.copy(self.key(key), self.key(leaf.name))
        extensions = ["-subj", f"/CN={leaf.hosts[0]}",
                      "-addext", "subjectAltName=" + ",".join(f"DNS:{host}" for host in leaf.hosts),
                      *self._extensions(leaf)]
        request = ["req", "-config", self.directory / "req.cnf", "-key", self.key(leaf.name), *extensions]
        issuer = {"self-signed": None, "untrusted": "stranger"}.get(leaf.flaw, "intermediate")
        own = self.directory / f"{leaf.name}.leaf.pem"
        if leaf.flaw in ("expired", "not-yet-valid"):
            shift = datetime.timedelta(days=-LEAF_DAYS - 30 if leaf.flaw == "expired" else 30)
            start = now + shift
            text = [f"{time:%Y%m%d%H%M%SZ}" for time in (start, start + datetime.timedelta(days=LEAF_DAYS))]
            csr = self.directory / f"{leaf.name}.csr"
            self._run(*request, "-new", "-out", csr)
            self._run("ca", "-config", self.directory / "ca.cnf", "-batch", "-notext", "-in", csr, "-cert",
                      self.chain(issuer), "-keyfile", self.key(issuer), "-startdate", text[0], "-enddate", text[1],
                      "-out", own)
        else:
            digest = ["-sha1"] if leaf.flaw == "sha1" else ["-sha256"]
            signer = ["-CA", self.chain(issuer), "-CAkey", self.key(issuer)] if issuer else []
            self._run(*request, "-x509", *signer, *digest, "-days",
                      OVER_LONG_DAYS if leaf.flaw == "over-long" else LEAF_DAYS, "-out", own)
        parts = [own]
        if issuer and not leaf.flaw.startswith("missing-intermediate"):
            parts.append(self.chain(issuer))
        self.chain(leaf.name).write_text("".join(part.read_text() for part in parts))
