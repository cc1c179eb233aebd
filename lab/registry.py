"""The registries of the lab: RDAP (RFC 9082, RFC 9083) over https and WHOIS (RFC 3912), one state per domain.

What a domain's state is stands in scenarios.py; a name that no scenario has is free. The bootstrap file has the form of
IANA's (RFC 9224); .io and .de are missing in it, as in IANA's, and have WHOIS only.
"""

import asyncio
import contextlib
import datetime
import json

from providers import read_request, response, tls_context
from scenarios import CASES

RDAP_JSON, HTML = "application/rdap+json", "text/html"
WHOIS_ONLY = {"io", "de"}
SPREAD = 10
ALONE = {"throttled", "slow"}
PATIENCE = 60  # seconds that the registry which never answers keeps a connection
EVENTS = {"registered": 800, "expiring": 5, "auto-renew": 364}  # days from now to the expiration
STATUSES = {
    "hold": ["client hold", "client transfer prohibited"], "redemption": ["redemption period", "pending delete"],
    "pending-delete": ["pending delete"], "auto-renew": ["auto renew period"], "undated": ["active"],
}


def _day(days):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return f"{when:%Y-%m-%dT00:00:00Z}"


class Registry:
    """`domains`: name → Domain, of every domain that exists (zones.World.domains)."""

    def __init__(self, domains, providers):
        self.states = {name: domain.registration for name, domain in domains.items()} | dict.fromkeys(providers, "registered")
        self.servers = {name: list(domain.servers) for name, domain in domains.items()}

    # --- RDAP ---------------------------------------------------------------------------------------------------------

    async def rdap(self, host, target):
        """(status, fields, content type, body)."""
        kind, _, name = target.strip("/").partition("/")
        if kind != "domain":
            return self._error(501, "Not implemented")
        name = name.lower().rstrip(".")
        state = self.states.get(name, "free")
        if state == "slow":
            await asyncio.sleep(PATIENCE)
        if state == "moved" and host != "rdap.registry.lab":
            return 302, {"Location": f"https://rdap.registry.lab/domain/{name}"}, RDAP_JSON, ""
        special = {
            "free": lambda: self._error(404, "Not found"),
            "reserved": lambda: self._error(404, "Not found", f"The name {name} is reserved by the registry and cannot be registered."),
            "throttled": lambda: (429, {"Retry-After": "120"}, RDAP_JSON, ""),
            "html": lambda: (200, {}, HTML, "<!doctype html><title>Registry</title><p>Domain not found? Search again."),
            "malformed": lambda: (200, {}, RDAP_JSON, json.dumps(self._domain(name, "registered"))[:90]),
            "error-in-200": lambda: (200, *self._error(404, "Not found")[1:]),
        }.get(state)
        return special() if special else (200, {}, RDAP_JSON, json.dumps(self._domain(name, state)))

    @staticmethod
    def _error(status, title, description=""):
        body = {"rdapConformance": ["rdap_level_0"], "errorCode": status, "title": title}
        return status, {}, RDAP_JSON, json.dumps(body | ({"description": [description]} if description else {}))

    def _domain(self, name, state):
        events = [{"eventAction": "registration", "eventDate": "2019-04-02T10:11:12Z"}]
        if state == "auto-renew":
            events.append({"eventAction": "registrar expiration", "eventDate": _day(-1)})
        if state != "undated":
            past = state in ("redemption", "pending-delete")
            events.append({"eventAction": "expiration", "eventDate": _day(-40 if past else EVENTS.get(state, 800))})
        return {"objectClassName": "domain", "ldhName": name, "handle": f"LAB-{name}", "events": events,
                "rdapConformance": ["rdap_level_0"], "status": STATUSES.get(state, ["client transfer prohibited"]),
                "nameservers": [{"objectClassName": "nameserver", "ldhName": server} for server in self.servers.get(name, [])],
                "secureDNS": {"delegationSigned": False},
                "entities": [{"objectClassName": "entity", "roles": ["registrar"], "handle": "9999",
                              "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Lab Registrar"]]]}]}

    async def _talk_rdap(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError):
            while request := await read_request(reader):
                method, target, fields = request
                host = fields.get("host", "").partition(":")[0].lower()
                writer.write(response(method, *await self.rdap(host, target)))
                await writer.drain()
        writer.close()

    # --- WHOIS --------------------------------------------------------------------------------------------------------

    def whois(self, query):
        name = query.split()[-1].lower().rstrip(".") if query.split() else ""
        state = self.states.get(name, "free")
        if state == "html":
            return "\x00\xff<html>503 Service Temporarily Unavailable</html>\r\n"
        return self._denic(name, state) if name.endswith(".de") else self._icann(name, state)

    def _denic(self, name, state):
        notice = "% Restricted rights.\r\n% Terms and Conditions of Use: the data is available for information only.\r\n\r\n"
        if state == "throttled":
            return "% Error: 55000000002 Connection refused; access control limit reached.\r\n"
        lines = [f"Domain: {name}"]
        lines += ["Status: free"] if state == "free" else [*(f"Nserver: {one}" for one in self.servers.get(name, [])),
                                                           "Status: connect", "Changed: 2024-02-03T11:12:13+01:00"]
        return notice + "\r\n".join(lines) + "\r\n"

    def _icann(self, name, state):
        notice = (f"\r\n>>> Last update of WHOIS database: {_day(0)} <<<\r\n\r\nTerms of Use: data that is not found, available or "
                  "free is no promise that a name can be registered.\r\n")
        if state == "throttled":
            return "WHOIS LIMIT EXCEEDED - SEE WWW.PIR.ORG/WHOIS FOR DETAILS\r\n"
        if state == "free":
            return "Domain not found." + notice
        lines = [f"Domain Name: {name}", "Registry Domain ID: 0000-LAB", "Creation Date: 2019-04-02T10:11:12Z",
                 f"Registry Expiry Date: {_day(EVENTS.get(state, 800))}", "Registrar: Lab Registrar",
                 "Domain Status: clientTransferProhibited https://icann.org/epp#clientTransferProhibited",
                 *(f"Name Server: {one}" for one in self.servers.get(name, [])), "DNSSEC: unsigned"]
        return "\r\n".join(lines) + notice

    async def _talk_whois(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.TimeoutError, ValueError):
            query = (await asyncio.wait_for(reader.readline(), 10)).decode("latin-1")
            writer.write(self.whois(query).encode("latin-1"))
            await writer.drain()
        writer.close()

    # --- both ---------------------------------------------------------------------------------------------------------

    @staticmethod
    def bootstrap(tlds):
        """The bootstrap file: every top-level domain of the lab that has RDAP.

        A registry gets one question a second, and one that asks for rest gets none: so the cases are spread over servers.
        """
        cases = [one for one in CASES if one.name and one.name.rpartition(".")[2] not in WHOIS_ONLY]
        spread = [[[one.name], [f"https://{one.registration if one.registration in ALONE else f'rdap{at % SPREAD}'}.registry.lab/"]]
                  for at, one in enumerate(cases)]
        return {"version": "1.0", "publication": "2026-11-01T00:00:00Z", "description": "RDAP bootstrap file of the lab",
                "services": [[sorted(tlds - WHOIS_ONLY), ["https://rdap.registry.lab/"]], *spread]}

    async def start(self, layout, pki):
        """Returns the servers, listening on the addresses of `layout` (zones.py)."""
        return [await asyncio.start_server(self._talk_rdap, layout["registry"], 443, ssl=tls_context(pki, "web")),
                await asyncio.start_server(self._talk_whois, layout["registry"], 43)]
