"""What tests talk to: OpenSSH, ser2net, podman and a busybox to put into a container, and two MQTT brokers.

OpenSSH, ser2net and the brokers run from the cache, so that no server is installed or started on the machine.
Podman has to be installed: it starts helpers by their places in the system, and its runtime starts itself
anew.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from tools.debian import Bundle
from tools.pypi import fetch
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
SER2NET = Bundle("ser2net", ("ser2net",), ("trixie",))
MOSQUITTO = Bundle("mosquitto", ("mosquitto", "mosquitto-clients"), ("trixie",))
MOSQUITTO_PROGRAMS = ("usr/sbin/mosquitto", "usr/bin/mosquitto_passwd", "usr/bin/mosquitto_sub")
AMQTT = "amqtt==0.12.1"  # knows MQTT 3.1.1 only; not among ours, as it wants exact versions of other packages


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


def ser2net() -> list[str]:
    """Return the words that start ser2net; it finds its modules, which stand at a fixed place otherwise.

    Raises:
        UnavailableError: It is not to be had.
    """
    modules = next(SER2NET.obtain().glob("usr/libexec/*/gensio/*"))
    return ["/usr/bin/env", f"GENSIO_LIBRARY_PATH={modules}", *SER2NET.command("usr/sbin/ser2net")]


def mosquitto() -> dict[str, list[str]]:
    """Return the words that start each program of mosquitto, by its name.

    Raises:
        UnavailableError: It is not to be had.
    """
    return {Path(program).name: MOSQUITTO.command(program) for program in MOSQUITTO_PROGRAMS}


def amqtt() -> Path:
    """Return a directory with amqtt and all that it needs, for the path of a Python.

    Raises:
        UnavailableError: pip cannot fetch it.
    """
    return fetch(AMQTT)


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
        broker = mosquitto()["mosquitto"]
        ports = ser2net()
        second = amqtt()
        podman()
    except UnavailableError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(f"sshd: {shlex.join(sshd)}\nbusybox: {box}\n")
    sys.stdout.write(f"mosquitto: {shlex.join(broker)}\namqtt: {second}\nser2net: {shlex.join(ports)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
