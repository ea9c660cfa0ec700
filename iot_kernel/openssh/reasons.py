"""Why ssh failed, from its own words, and what to do about it."""

from __future__ import annotations

import enum
import re

from iot_kernel.openssh.target import SSH_PORT, SshTarget


class SshFailure(enum.Enum):
    """What kind of failure it was."""

    UNTRUSTED = "untrusted"  # the other computer's key is not the one that is known, or none is
    DENIED = "denied"  # it does not let this user in
    UNKNOWN = "unknown"  # there is no computer of that name
    REFUSED = "refused"  # it is there, and no server listens
    SILENT = "silent"  # it does not answer
    LOST = "lost"  # it was connected, and is no more
    OTHER = "other"


# What ssh says, the worst first; what it means and what to do.
_REASONS = {
    "REMOTE HOST IDENTIFICATION HAS CHANGED": (
        SshFailure.UNTRUSTED,
        (
            "it has another key than before: either it was set up anew, or another computer answers in "
            "its place. If you know which, '{forget}' forgets the old key, and '{call}' in a terminal asks "
            "about the new one"
        ),
    ),
    "marked as revoked": (SshFailure.UNTRUSTED, "its key is marked as revoked; nothing was sent there"),
    "Host key verification failed": (
        SshFailure.UNTRUSTED,
        (
            "this computer does not know its key, and nothing is trusted unasked. Run '{call}' once in a "
            "terminal, compare the fingerprint and say yes"
        ),
    ),
    "Permission denied": (SshFailure.DENIED, "it does not let {user} in: {refused}"),
    "Too many authentication failures": (
        SshFailure.DENIED,
        (
            "ssh offered more keys than the server looks at; name the right one in ~/.ssh/config "
            "(IdentityFile, with IdentitiesOnly yes)"
        ),
    ),
    "Could not resolve hostname": (
        SshFailure.UNKNOWN,
        "no computer is known by this name; check its spelling and the network",
    ),
    "Connection refused": (
        SshFailure.REFUSED,
        "nothing listens on port {port} there; check that its ssh server runs, and the port ({how})",
    ),
    "connect to .* timed out|imed out during|No route to host|Network is unreachable|Host is down": (
        SshFailure.SILENT,
        "it does not answer on port {port}; check that it is up and in this network",
    ),
    "Timeout, server|Broken pipe|closed by remote host|Connection reset|Connection closed": (
        SshFailure.LOST,
        "the connection was lost ({last})",
    ),
}

#: What ssh calls the other end where a program, such as another ssh, was to reach it and has ended.
_BEHIND_A_JUMP = "UNKNOWN port 65535"

#: What to say of a computer that does not answer in the time that there is.
SILENT = "connect to it timed out"


def reason(
    target: SshTarget,
    said: str,
    *,
    password: str | None = None,
    password_ways: str = "",
    port_ways: str = "-p",
) -> tuple[SshFailure, str]:
    """Says why a call of ssh failed: by its kind for programs, and by a text for people.

    Args:
        target: where it went.
        said: what ssh said; not empty.
        password: where the password came from that it had; None when it had none.
        password_ways: how to give it one; empty where there is no way.
        port_ways: how to name a port.
    """
    last = said.strip().splitlines()[-1].strip()
    found = next((entry for pattern, entry in _REASONS.items() if re.search(pattern, said)), None)
    kind, text = found or (SshFailure.OTHER, "{last}")
    if _BEHIND_A_JUMP in said:
        before = [line.strip() for line in said.splitlines() if line.strip() and _BEHIND_A_JUMP not in line]
        return kind, f"there is no way to it (ProxyJump, ProxyCommand): {'; '.join(before) or last}"
    port = "" if target.port == SSH_PORT else f"-p {target.port} "
    name = target.known_as if target.port == SSH_PORT else f'"[{target.known_as}]:{target.port}"'
    return kind, text.format(
        call=f"ssh {port}{target.user}@{target.host}",
        forget=f"ssh-keygen -R {name}",
        how=port_ways,
        last=last,
        port=target.port,
        refused=_refused(target, last, port, password, password_ways),
        user=target.user,
    )


def _refused(target: SshTarget, last: str, port: str, password: str | None, password_ways: str) -> str:
    """Why the server refused the login, and what helps: by the ways that it takes and those that we had."""
    ways = re.search(r"\((.*)\)", last)
    takes = ways[1].split(",") if ways else []
    helps = []
    if "publickey" in takes:
        helps.append(f"'ssh-copy-id {port}{target.user}@{target.host}' takes your key there")
        helps.append("'ssh-add' unlocks one that has a passphrase")
    if password is None and password_ways and {"password", "keyboard-interactive"} & {*takes}:
        helps.append(password_ways)
    what = "it accepts none of your keys" if password is None else f"the password is wrong ({password})"
    return "; ".join([what, *helps])
