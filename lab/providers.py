"""Web servers on ports 80 and 443: stand-ins of hosting providers, and the hosts of scenarios.py that are sound.

A stand-in answers for a name that nobody has claimed as its provider does: status, header fields and the strings that the
provider serves are facts of ../catalog/takeover.yaml and of the providers' documentation.
"""

import asyncio
import json
import ssl

from pki import Leaf
from scenarios import DOMAINS

# Hosts that somebody has claimed at their provider; among them the catalogue's control names.
CLAIMED = {"assay-lab-claimed.azurewebsites.net", "assay-lab-claimed.us-east-1.elasticbeanstalk.com", "assay-lab-claimed.herokuapp.com",
           "assay-lab-claimed.github.io", "pages.github.com", "assay-lab-claimed.ghost.io", "demo.ghost.io", "www.cname-claimed.lab", "www.cname-claimed-hops.lab",
           "www.cname-claimed-pages.lab", "www.a-claimed-pages.lab"}
BUCKETS = {"www.cname-claimed-bucket.lab": "locked", "assay-lab-locked": "locked", "assay-lab-claimed": "locked", "noaa-goes16": "open",
           "assay-lab-open": "open",
           "files.bucket-app.lab": "open", "safe.bucket-app.lab": "locked"}
PROVIDER_HOSTS = ("*.s3.amazonaws.com", "s3.amazonaws.com", "*.s3.eu-central-1.amazonaws.com", "s3.eu-central-1.amazonaws.com",
                  "*.azurewebsites.net", "*.us-east-1.elasticbeanstalk.com", "*.herokuapp.com", "*.github.io",
                  "pages.github.com", "*.ghost.io")
HTML, XML, JSON, TEXT = "text/html; charset=utf-8", "application/xml", "application/json", "text/plain"
SAFE = {"Strict-Transport-Security": "max-age=31536000", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff"}
BACK_PORT = 8000  # of the sound hosts, behind nginx
XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def page(title, text=""):
    return f"<!doctype html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1>{text}</body></html>\n"


def s3(host, path):
    """(status, fields, content type, body), here and below."""
    fields = {"Server": "AmazonS3", "x-amz-request-id": "8F2C4B7D91E6A035", "x-amz-id-2": "bGFiIGxhYiBsYWI="}
    style = next((end for end in (".s3.amazonaws.com", ".s3.eu-central-1.amazonaws.com") if host.endswith(end)), "")
    if host.removeprefix("s3.") in ("amazonaws.com", "eu-central-1.amazonaws.com"):
        bucket, _, path = path[1:].partition("/")
    else:
        bucket = host.removesuffix(style)

    def error(status, code, message, extra=""):
        return status, fields, XML, (f"{XML_HEAD}<Error><Code>{code}</Code><Message>{message}</Message>{extra}"
                                     "<RequestId>8F2C4B7D91E6A035</RequestId><HostId>bGFiIGxhYiBsYWI=</HostId></Error>")

    state = BUCKETS.get(bucket)
    if state is None:
        return error(404, "NoSuchBucket", "The specified bucket does not exist", f"<BucketName>{bucket}</BucketName>")
    if state == "locked":
        return error(403, "AccessDenied", "Access Denied")
    if path.partition("?")[0].strip("/"):
        return error(404, "NoSuchKey", "The specified key does not exist.", f"<Key>{path.strip('/')}</Key>")
    entry = ("<Contents><Key>exports/tenants-2026-10.csv</Key><LastModified>2026-10-31T04:00:11.000Z</LastModified>"
             "<ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag><Size>48213</Size><StorageClass>STANDARD</StorageClass></Contents>")
    return 200, fields, XML, (f'{XML_HEAD}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>{bucket}</Name>'
                              f"<Prefix></Prefix><Marker></Marker><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>{entry}"
                              "</ListBucketResult>")


def azure(host, path):
    return 404, {}, HTML, page("404 Web Site not found.", "<p>Error 404 - Web app not found.</p>")


def heroku(host, path):
    return 404, {"Server": "heroku-router"}, HTML, (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><title>No such app</title></head><body>'
        '<iframe src="//www.herokucdn.com/error-pages/no-such-app.html"></iframe></body></html>')


def pages(host, path):
    return 404, {"Server": "GitHub.com"}, HTML, (
        "<!DOCTYPE html><html><head><title>Site not found &middot; GitHub Pages</title></head><body><h1>404</h1>"
        "<p><strong>There isn't a GitHub Pages site here.</strong></p></body></html>")


def ghost(host, path):
    return 404, {}, HTML, page("Site unavailable.", "<p>Failed to resolve DNS path for this host</p>")


def web(host, path):
    """A sound host. Those of APPS are Connect apps besides."""
    path = path.partition("?")[0]
    if path == "/":
        return 200, SAFE, HTML, page("Lab")
    if host in DESCRIPTORS and path == "/atlassian-connect.json":
        return 200, SAFE, JSON, json.dumps(DESCRIPTORS[host])
    if host in DESCRIPTORS and path in ("/page", "/installed", "/uninstalled", "/hook"):
        return 401, SAFE, TEXT, "No token"
    return 404, SAFE, TEXT, "Nothing here"


def _descriptor(host, **changes):
    return {"key": host.split(".")[1], "name": f"Lab app {host.split('.')[1]}", "baseUrl": f"https://{host}",
            "authentication": {"type": "jwt"}, "apiMigrations": {"signed-install": True}, "scopes": ["READ"],
            "lifecycle": {"installed": "/installed", "uninstalled": "/uninstalled"},
            "modules": {"generalPages": [{"key": "page", "name": {"value": "Page"}, "url": "/page"}]}} | changes


def _pages(*urls):
    return {"generalPages": [{"key": f"page{at}", "name": {"value": "Page"}, "url": url} for at, url in enumerate(("/page", *urls))]}


DESCRIPTORS = {
    "www.expired-domain-app.lab": _descriptor("www.expired-domain-app.lab", modules={
        "generalPages": [{"key": "page", "name": {"value": "Page"}, "url": "/page"}],
        "webhooks": [{"event": "jira:issue_updated", "url": "https://events.lapsed-hooks.lab/hook"}]}),
    "www.takeover-app.lab": _descriptor("www.takeover-app.lab", modules=_pages("https://docs.takeover-app.lab/guide.html")),
    "www.bucket-app.lab": _descriptor("www.bucket-app.lab", modules=_pages("https://files.bucket-app.lab/panel.html",
                                                                            "https://safe.bucket-app.lab/panel.html")),
}

STAND_INS = {"s3": s3, "azure": azure, "heroku": heroku, "pages": pages, "ghost": ghost}


def act_as(name):
    """What a stand-in answers: its function above knows only names that nobody has claimed, but for buckets, which have
    states of their own; a claimed host is as sound as those of web()."""
    unclaimed = STAND_INS[name]
    return unclaimed if name == "s3" else lambda host, path: web(host, path) if host in CLAIMED else unclaimed(host, path)


def leaves():
    """The certificates: one for every sound host by name, one for the providers' own names."""
    hosts = [one.host for one in DOMAINS if one.host] + ["rdap.registry.lab", "*.registry.lab"]
    return [Leaf("web", tuple(hosts)), Leaf("providers", PROVIDER_HOSTS)]


def tls_context(pki, leaf):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.load_cert_chain(pki.chain(leaf), pki.key(leaf))
    return context


async def read_request(reader):
    """(method, target, fields) of the next request, or None at the end of the connection."""
    line = (await asyncio.wait_for(reader.readline(), 30)).decode("latin-1").split()
    if len(line) != 3:
        return None
    fields = {}
    while text := (await asyncio.wait_for(reader.readline(), 30)).decode("latin-1").strip():
        name, _, value = text.partition(":")
        fields[name.lower()] = value.strip()
    await reader.readexactly(int(fields.get("content-length", "0")))
    return line[0], line[1], fields


def response(method, status, fields, kind, body):
    data = body.encode()
    head = [f"HTTP/1.1 {status} Lab", f"Content-Type: {kind}", f"Content-Length: {len(data)}",
            *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + (b"" if method == "HEAD" else data)


def _server(act):
    async def talk(reader, writer):
        try:
            while request := await read_request(reader):
                method, target, fields = request
                host = fields.get("host", "").partition(":")[0].lower()
                if method in ("GET", "HEAD", "POST"):
                    answer = act(host, target)
                else:
                    answer = 405, {"Allow": "GET, HEAD, POST"} | SAFE, TEXT, ""
                writer.write(response(method, *answer))
                await writer.drain()
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError):
            pass  # the peer had enough
        finally:
            writer.close()
    return talk


def front(layout, pki):
    """Directives of nginx for the sound hosts, which are to pass the judges of TLS, too."""
    return ["server {", f"listen {layout['web']}:443 ssl;", f"ssl_certificate {pki.chain('web')}; ssl_certificate_key {pki.key('web')};",
            "ssl_protocols TLSv1.2 TLSv1.3;", "ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;",
            f"location / {{ proxy_pass http://{layout['web']}:{BACK_PORT}; proxy_set_header Host $http_host; }}", "}",
            "server {", f"listen {layout['web']}:80;", "return 301 https://$host$request_uri;", "}"]


async def start(layout, pki):
    """Returns the servers, listening on the addresses of `layout` (zones.py)."""
    context = tls_context(pki, "providers")
    servers = [await asyncio.start_server(_server(web), layout["web"], BACK_PORT)]
    for name in STAND_INS:
        act = act_as(name)
        servers.append(await asyncio.start_server(_server(act), layout[name], 443, ssl=context))
        servers.append(await asyncio.start_server(_server(act), layout[name], 80))
    return servers
