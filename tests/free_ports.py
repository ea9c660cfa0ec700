"""Ports for servers that cannot take any free one and tell which.

The system gives ports of a range of its own to whoever asks it for any: to kernels, other servers, every
client. Such a port may have another owner before its server begins, or while it starts again. These lie below
that range.
"""

from __future__ import annotations

import random
import socket

#: Below what Linux (from 32768), macOS and Windows (from 49152) give to those who ask for any.
CANDIDATES = range(10_000, 32_768)

_TRIES = 1000  # each fails only where somebody has this port, and hardly anybody has one of these

_chooser = random.Random()  # hypothesis seeds the one that all share


def free_port() -> int:
    """Chooses a port of 127.0.0.1, for TCP and UDP, that no other test gets, in whichever process it runs."""
    for _ in range(_TRIES):
        port = _chooser.choice(CANDIDATES)
        if _reserve(port) and _is_free(port):
            return port
    raise AssertionError("no port is free")


def _reserve(port: int) -> bool:
    """Keeps others who ask here from a port, by a name that goes with this process."""
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        mark.bind(f"\0port {port} of a test of the IoT Kernel")
    except OSError:
        mark.close()
        return False
    mark.detach()  # it stays open for as long as this process lives
    return True


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
