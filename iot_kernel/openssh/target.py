"""Where a name leads: ``ssh -G`` says what ssh's own configuration makes of it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CONNECT_TIMEOUT = 15  # s for a computer to answer, where ssh's configuration names no time
ALIVE_INTERVAL = 15  # s between questions whether the other end is there, likewise; after three it is lost

SSH_PORT = 22

#: What to say where `Question.command` is empty.
NOT_INSTALLED = (
    "OpenSSH's program is not installed ('sudo apt install openssh-client' on Debian and Ubuntu; on Windows "
    "it is an optional feature: Settings, System, Optional features, OpenSSH Client)"
)

# What a user's and the system's configuration leave open is what stands behind them.
_DEFAULTS = "Include ~/.ssh/config\nInclude {system}\nHost *\nUser {user}\n"


@dataclass(frozen=True, slots=True)
class SshTarget:
    """Where a connection goes.

    Attributes:
        destination: as the user wrote it: ``host``, ``user@host`` or a name in ssh's configuration.
        user: who logs in there.
        hostname: what the destination stands for.
        port: where the server listens.
        known_as: the name that ssh knows the server's key by, and calls the server by.
        options: for ssh, beyond what its configuration says.
    """

    destination: str
    user: str
    hostname: str
    port: int
    known_as: str
    options: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The destination without a user."""
        if "://" in self.destination:
            return self.hostname
        return self.destination.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Question:
    """What ssh is asked; its answer goes to `target_of`.

    Attributes:
        command: the program and its arguments; empty where there is no ssh.
        environment: variables for it.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]


@contextmanager
def asking(destination: str, port: int | None, user: str | None) -> Iterator[Question]:
    """Gives the question where a destination leads, which can be asked as long as the block runs.

    Args:
        destination: see `SshTarget`.
        port: where the server listens; None for what ssh's configuration says.
        user: who logs in where neither the destination nor the configuration says it; None for this
            computer's user, as ssh has it.
    """
    program = shutil.which("ssh")
    options = _port_options(port)
    if program is None:
        yield Question((), {})
    elif user is None:
        yield Question((program, "-G", *options, "--", destination), {})
    else:
        with tempfile.TemporaryDirectory(prefix="iot-ssh-") as directory:
            defaults = Path(directory, "config")  # closed before ssh reads it, which Windows wants
            defaults.write_text(_DEFAULTS.format(system=_system_file(), user=user), encoding="utf-8")
            yield Question((program, "-F", str(defaults), "-G", *options, "--", destination), _home())


def target_of(
    destination: str,
    port: int | None,
    answer: str,
    *,
    connect_timeout: int = CONNECT_TIMEOUT,
    alive_interval: int = ALIVE_INTERVAL,
) -> SshTarget | None:
    """Makes a target of ssh's answer; None where the destination names no computer.

    Args:
        destination: as `asking` got it.
        port: likewise.
        answer: what ssh printed.
        connect_timeout: seconds for the computer to answer, where the configuration names no time.
        alive_interval: seconds between questions whether the other end is there, likewise.
    """
    found = dict(line.partition(" ")[::2] for line in answer.splitlines())
    hostname = found.get("hostname", destination)
    if not hostname:
        return None
    options = _port_options(port)
    if found.get("connecttimeout") in {None, "none", "0"}:
        options += ("-o", f"ConnectTimeout={connect_timeout}")
    if found.get("serveraliveinterval") in {None, "0"}:
        options += ("-o", f"ServerAliveInterval={alive_interval}")
    return SshTarget(
        destination,
        found.get("user", ""),
        hostname,
        int(found.get("port", SSH_PORT)),
        found.get("hostkeyalias", "none").replace("none", "") or hostname.lower(),
        options,
    )


def _port_options(port: int | None) -> tuple[str, ...]:
    return () if port is None else ("-p", str(port))


def _system_file(environ: Mapping[str, str] = os.environ, *, windows: bool = os.name == "nt") -> str:
    """The system's configuration, as ssh's files name it."""
    if windows:
        place = environ.get("PROGRAMDATA", "C:/ProgramData").replace("\\", "/")
        return f'"{place}/ssh/ssh_config"'
    return "/etc/ssh/ssh_config"


def _home() -> dict[str, str]:
    """Has ``~`` mean the directory in which ssh itself looks for its files, whatever HOME says."""
    if sys.platform == "win32":
        return {}
    import pwd

    try:
        return {"HOME": pwd.getpwuid(os.getuid()).pw_dir}
    except KeyError:
        return {}
