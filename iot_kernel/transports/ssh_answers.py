"""What is told of a port at another computer that does not open: from the answer of ``ssh_far.sh``."""

from __future__ import annotations

from iot_kernel.errors import ConnectError, ConnectReason
from iot_kernel.openssh.target import SSH_PORT, SshTarget
from iot_kernel.text import printable

#: What an operating system says of a port, in its own words; which answer it means.
_WORDS = {
    "No such file or directory": "missing",
    "No such device": "missing",
    "Input/output error": "missing",  # a node without hardware, e.g. ttyS9
    "resource busy": "busy",
    "Permission denied": "denied",
    "Operation not permitted": "denied",
    "Inappropriate ioctl": "no-port",
    "ot a typewriter": "no-port",
}

_GROUPS_OF_ROOT = ("root", "wheel")

LONGEST_ANSWER = 1000  # characters; of names of ports there may be some tens

_PROGRAMS = "another kernel, mpremote, a serial monitor"


def failure(url: str, target: SshTarget, path: str, answer: str) -> ConnectError:
    """Why the port does not open.

    Args:
        url: the board's.
        target: the other computer.
        path: of the port there.
        answer: what the other computer said behind "failed"; anything, if it is no honest one.
    """
    answer = printable(answer, LONGEST_ANSWER)
    why, _, rest = answer.partition(" ")
    if why == "stty":
        why = next((kind for words, kind in _WORDS.items() if words in rest), "stty")
    host = printable(target.host)
    if why == "missing":
        return ConnectError(url, ConnectReason.MISSING, f"{host} has no port {path}; {_listed(rest)}")
    if why == "busy":
        return ConnectError(url, ConnectReason.BUSY, _busy(target, rest.split(" ")[0]))
    if why == "denied":
        return ConnectError(url, ConnectReason.DENIED, _denied(target, path, rest.split()))
    if why == "no-port":
        return ConnectError(url, ConnectReason.UNSUPPORTED, f"{path} of {host} is no serial port")
    return ConnectError(url, ConnectReason.UNSUPPORTED, f"{host} cannot use the port: {rest or answer}")


def call_of(target: SshTarget) -> str:
    """How to call ssh by hand for a computer, as far as its name."""
    port = "" if target.port == SSH_PORT else f"-p {target.port} "
    return f"{port}{target.user}@{target.host}"


def _listed(names: str) -> str:
    ports = [name for name in names.split() if name.startswith("/dev/") and "*" not in name]
    if not ports:
        return "none is there: is the board plugged in at that computer, with a cable that carries data?"
    return "there are " + ", ".join(ports)


def _busy(target: SshTarget, process: str) -> str:
    if process.isdecimal():
        return (
            f"another kernel has this port of {target.host} by ssh: disconnect it there (%disconnect). If "
            f"its computer is gone, 'ssh {call_of(target)} kill {process}' frees the port"
        )
    return f"the port is in use at {target.host} by another program ({_PROGRAMS}): close it there"


def _denied(target: SshTarget, path: str, words: list[str]) -> str:
    user = words[0] if words and not words[0].startswith("stty") else target.user
    text = f"{user} has no right to use {path} of {target.host}"
    # user, then mode, links, owner and group of the node
    if len(words) < 5 or words[1][5:6] != "w" or words[4] in _GROUPS_OF_ROOT:
        return f"{text}: ask its administrator for access"
    group = words[4]
    call = f"ssh -t {call_of(target)} sudo usermod -a -G {group} {user}"
    return f"{text}, the group '{group}' has: run '{call}', then connect again"
