"""What the tests of `%%ssh` and `%%service` talk to: OpenSSH, podman, and a busybox to put into a container.

OpenSSH runs from the cache, so that no server is installed or started on the machine. Podman has to be
installed: it starts helpers by their places in the system, and its runtime starts itself anew.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from tools.debian import Bundle
from tools.store import UnavailableError
from tools.system import install

OPENSSH = Bundle("openssh", ("openssh-server", "openssh-client"), ("trixie",))
OPENSSH_PROGRAMS = (
    "usr/bin/ssh",
    "usr/bin/ssh-add",
    "usr/bin/ssh-agent",
    "usr/bin/ssh-keygen",
    "usr/sbin/sshd",
    "usr/lib/openssh/sshd-auth",
    "usr/lib/openssh/sshd-session",
)
BUSYBOX = Bundle("busybox", ("busybox-static",), ("trixie",), closed=False)
PODMAN_PROGRAMS = ("podman", "runc")


def openssh() -> dict[str, list[str]]:
    """Return the words that start each program of OpenSSH, by its name.

    Raises:
        UnavailableError: It is not to be had.
    """
    return {Path(program).name: OPENSSH.command(program) for program in OPENSSH_PROGRAMS}


def busybox() -> Path:
    """Return a busybox that needs no libraries.

    Raises:
        UnavailableError: It is not to be had.
    """
    directory = BUSYBOX.obtain()
    return next(path for path in (directory / "usr/bin/busybox", directory / "bin/busybox") if path.exists())


def podman() -> None:
    """Make sure that `podman` and `runc` are on PATH.

    Raises:
        UnavailableError: They are not, and cannot be installed with the rights this process has.
    """
    install(PODMAN_PROGRAMS, PODMAN_PROGRAMS, "the tests of %%service")


def main() -> int:
    """Fetch and install everything."""
    try:
        sshd = openssh()["sshd"]
        box = busybox()
        podman()
    except UnavailableError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(f"sshd: {shlex.join(sshd)}\nbusybox: {box}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
