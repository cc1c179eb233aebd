"""What Atlassian's side does in the lab: the install-key server, the signed install of the lab tenant, user tokens."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import subprocess
import time
import urllib.request

KEY_ID = "lab-install-key"
CLIENT_KEY = "lab-tenant"


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def query_hash(method, path):
    """The qsh claim of a request without parameters."""
    return hashlib.sha256(f"{method}&{path}&".encode()).hexdigest()


def sign_hs256(claims, secret):
    head = _encode(b'{"typ":"JWT","alg":"HS256"}') + "." + _encode(json.dumps(claims).encode())
    return head + "." + _encode(hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest())


class Product:
    """The product that installs apps: one tenant, one signing key, both kept in the state directory."""

    def __init__(self, state):
        self.key_file = state / "install-key.pem"
        self.public_file = state / "install-key.pub.pem"
        self.tenant_file = state / "tenant.json"
        self.user_jwt_file = state / "user.jwt"
        self.tenant = {}

    def prepare(self):
        if not self.public_file.exists():
            self._openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.key_file)
            self._openssl("pkey", "-in", self.key_file, "-pubout", "-out", self.public_file)
        if not self.tenant_file.exists():
            self._write_private(self.tenant_file, json.dumps({"clientKey": CLIENT_KEY, "sharedSecret": secrets.token_hex(32)}))
        self.tenant = json.loads(self.tenant_file.read_text())
        # A page token of an ordinary user, bound to the administration page that this user must not see.
        now = int(time.time())
        claims = {"iss": CLIENT_KEY, "sub": "lab-user", "iat": now, "exp": now + 86400, "qsh": query_hash("GET", "/admin"),
                  "context": {"user": {"accountId": "lab-user", "displayName": "Lab User"}}}
        self._write_private(self.user_jwt_file, sign_hs256(claims, self.tenant["sharedSecret"]) + "\n")

    def install(self, app_key, base_url, port):
        """Installs the tenant into the app that listens on `port`, as Jira would: RS256, key by kid."""
        now = int(time.time())
        claims = {"iss": CLIENT_KEY, "sub": "lab-administrator", "aud": [base_url], "iat": now, "exp": now + 300,
                  "qsh": query_hash("POST", "/installed")}
        body = {"key": app_key, "eventType": "installed", "productType": "jira", "baseUrl": "https://jira.lab-product.lab",
                "description": "Assay lab", **self.tenant}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/installed", json.dumps(body).encode(), method="POST", headers={
            "Content-Type": "application/json", "Authorization": "JWT " + self._sign_rs256(claims)})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as response:
            if response.status != 204:
                raise RuntimeError(f"{app_key}: the signed install was answered with {response.status}, expected 204")

    async def serve_keys(self, port):
        """The key server: GET /<kid> gives the public key."""

        async def serve(reader, writer):
            try:
                line = await asyncio.wait_for(reader.readline(), 5)
                while (await asyncio.wait_for(reader.readline(), 5)).strip():
                    pass
                found = line.split(b" ")[1:2] == [b"/" + KEY_ID.encode()]
                body = self.public_file.read_bytes() if found else b"unknown key"
                status = b"200 OK" if found else b"404 Not Found"
                writer.write(b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                             % (status, len(body), body))
                await writer.drain()
            except (asyncio.TimeoutError, ConnectionError, ValueError):
                pass
            finally:
                writer.close()

        return await asyncio.start_server(serve, "127.0.0.1", port)

    def _sign_rs256(self, claims):
        head = _encode(json.dumps({"typ": "JWT", "alg": "RS256", "kid": KEY_ID}).encode()) + "." + _encode(json.dumps(claims).encode())
        result = subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(self.key_file)], input=head.encode(),
                                capture_output=True, check=True)
        return head + "." + _encode(result.stdout)

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    @staticmethod
    def _write_private(path, text):
        path.touch(mode=0o600, exist_ok=True)
        path.chmod(0o600)
        path.write_text(text)
