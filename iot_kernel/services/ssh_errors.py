"""Why ssh failed, from its own words, and what to do about it."""

from __future__ import annotations

import re

from iot_kernel.services.errors import HostServiceError
from iot_kernel.services.ssh import SSH_PORT, SshTarget

# What ssh says, the worst first; what it means and what to do.
_REASONS = {
    "REMOTE HOST IDENTIFICATION HAS CHANGED": (
        "it has another key than before: either it was set up anew, or another computer answers in its "
        "place. If you know which, '{forget}' forgets the old key, and '{call}' in a terminal asks about the "
        "new one"
    ),
    "marked as revoked": "its key is marked as revoked; nothing was sent there",
    "Host key verification failed": (
        "this computer does not know its key, and nothing is trusted unasked. Run '{call}' once in a "
        "terminal, compare the fingerprint and say yes"
    ),
    "Permission denied": "it does not let {user} in: {refused}",
    "Too many authentication failures": (
        "ssh offered more keys than the server looks at; name the right one in ~/.ssh/config "
        "(IdentityFile, with IdentitiesOnly yes)"
    ),
    "Could not resolve hostname": ("no computer is known by this name; check its spelling and the network"),
    "Connection refused": (
        "nothing listens on port {port} there; check that its ssh server runs, and the port (-p)"
    ),
    "connect to .* timed out|imed out during|No route to host|Network is unreachable|Host is down": (
        "it does not answer on port {port}; check that it is up and in this network"
    ),
    "Timeout, server|Broken pipe|closed by remote host|Connection reset|Connection closed": (
        "the connection was lost ({last})"
    ),
}


def explain(target: SshTarget, said: str, password: str | None) -> HostServiceError:
    """Says why a call of ssh failed.

    Args:
        target: where it went.
        said: what ssh said.
        password: where the password came from; None when there was none.
    """
    last = said.strip().splitlines()[-1].strip()
    problem = next((text for pattern, text in _REASONS.items() if re.search(pattern, said)), "{last}")
    port = "" if target.port == SSH_PORT else f"-p {target.port} "
    name = target.known_as if target.port == SSH_PORT else f'"[{target.known_as}]:{target.port}"'
    return HostServiceError(
        target.destination,
        problem.format(
            call=f"ssh {port}{target.user}@{target.host}",
            forget=f"ssh-keygen -R {name}",
            last=last,
            port=target.port,
            refused=_refused(target, last, port, password),
            user=target.user,
        ),
    )


def _refused(target: SshTarget, last: str, port: str, password: str | None) -> str:
    """Why the server refused the login, and what helps: by the ways that it takes and those that we had."""
    ways = re.search(r"\((.*)\)", last)
    takes = ways[1].split(",") if ways else []
    helps = []
    if "publickey" in takes:
        helps.append(f"'ssh-copy-id {port}{target.user}@{target.host}' takes your key there")
        helps.append("'ssh-add' unlocks one that has a passphrase")
    if password is None and {"password", "keyboard-interactive"} & {*takes}:
        helps.append("--password, or ssh_pwds in the secrets file, gives a password")
    what = "it accepts none of your keys" if password is None else f"the password is wrong ({password})"
    return "; ".join([what, *helps])
