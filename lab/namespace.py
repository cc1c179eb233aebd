"""Ports below 1024 on loopback without root: the DNS, providers and registries of the lab live on 53, 80, 443 and 43.

Who may not bind them runs again in a network namespace of its own (user namespaces, `unshare` of util-linux). There the
user keeps name and files, and no packet can leave.
"""

import errno
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys

PORTS = (43, 53, 80, 443)
PROBE_ADDRESS = "127.0.255.1"  # no server of the lab has it
MARKER = "ASSAY_LAB_NAMESPACE"


class NamespaceError(Exception):
    """Something that the operator can act on; printed as one line."""


def obstacle():
    """Why the low ports cannot be bound here, "" when they can."""
    for port in PORTS:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM) if port == 53 else (socket.SOCK_STREAM,):
            with socket.socket(socket.AF_INET, kind) as probe:
                try:
                    probe.bind((PROBE_ADDRESS, port))
                except OSError as error:
                    taken = error.errno == errno.EADDRINUSE
                    return f"port {port} is taken on every address" if taken else f"this user may not bind port {port}"
    return ""


def enter():
    """Returns when the low ports can be bound; else runs this program again where they can. Raises NamespaceError."""
    if MARKER in os.environ:
        _raise_loopback()
    why = obstacle()
    if not why:
        return
    if MARKER in os.environ:
        raise NamespaceError(f"{why}, in the network namespace too; run as root, or set net.ipv4.ip_unprivileged_port_start=0")
    unshare = shutil.which("unshare")
    command = [unshare or "unshare", "--map-current-user", "--net", "--keep-caps"]
    tried = subprocess.run([*command, "true"], capture_output=True, text=True, check=False) if unshare else None
    if tried is None or tried.returncode != 0:
        told = " ".join(tried.stderr.split()) if tried else "unshare (package util-linux) is not installed"
        raise NamespaceError(f"{why}, and user namespaces are not available ({told}); run as root, or have an administrator set "
                             "net.ipv4.ip_unprivileged_port_start=0 or kernel.unprivileged_userns_clone=1")
    sys.stdout.flush()
    os.environ[MARKER] = "1"
    os.execv(unshare, [*command, sys.executable, *sys.argv])


def _raise_loopback():
    """`ip link set lo up`: a new namespace has its loopback device down."""
    get_flags, set_flags, up = 0x8913, 0x8914, 1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        flags = struct.unpack_from("h", fcntl.ioctl(device, get_flags, struct.pack("16sh14x", b"lo", 0)), 16)[0]
        if not flags & up:
            fcntl.ioctl(device, set_flags, struct.pack("16sh14x", b"lo", flags | up))
