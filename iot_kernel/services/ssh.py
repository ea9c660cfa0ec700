"""OpenSSH's ``ssh``: where a name leads, and how the program is called.

Everything that ``ssh`` does in a terminal it does here: configuration, agent, known hosts. Nothing is trusted
that it does not trust, and it asks nobody: who is to be asked sits at another terminal.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from iot_kernel.services.ask import Interruptible, ask
from iot_kernel.services.askpass import Askpass
from iot_kernel.services.errors import HostServiceError

FAILED = 255  # the exit status of ssh when it fails itself; a script may have the same
CONNECT_TIMEOUT = 15  # s for a computer to answer, where ssh's configuration names no time
ALIVE_INTERVAL = 15  # s between questions whether the other end is there, likewise; after three it is lost

_LOST = re.compile(r"Connection to \S+ closed by remote host\.(?=\s*\Z)")

DEFAULT_USER = "root"
SSH_PORT = 22

# What a user's and the system's configuration leave open is what stands behind them.
_DEFAULTS = f"Include ~/.ssh/config\nInclude /etc/ssh/ssh_config\nHost *\nUser {DEFAULT_USER}\n"


@dataclass(frozen=True, slots=True)
class SshTarget:
    """Where a script goes.

    Attributes:
        destination: as the user wrote it: ``host``, ``user@host`` or a name in ssh's configuration.
        user: who the script runs as there.
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


def resolve(destination: str, port: int | None, interruptible: Interruptible) -> SshTarget:
    """Asks ssh where a destination leads.

    Args:
        destination: see `SshTarget`.
        port: where the server listens; None for what ssh's configuration says.
        interruptible: lets the user stop it.

    Raises:
        HostServiceError: there is no ssh, or it cannot make sense of this or of its configuration.
    """
    program = shutil.which("ssh")
    if program is None:
        problem = "OpenSSH's program is not installed (on Debian: 'sudo apt install openssh-client')"
        raise HostServiceError("ssh", problem)
    options: tuple[str, ...] = () if port is None else ("-p", str(port))
    with tempfile.NamedTemporaryFile("w", prefix="iot-ssh-") as defaults:
        defaults.write(_DEFAULTS)
        defaults.flush()
        command = [program, "-F", defaults.name, "-G", *options, "--", destination]
        answer = ask(command, interruptible, _home())
    if answer.returncode:
        raise HostServiceError("ssh", answer.problem)
    found = dict(line.partition(" ")[::2] for line in answer.out.splitlines())
    hostname = found.get("hostname", destination)
    if not hostname:
        raise HostServiceError("ssh", f"'{destination}' names no computer")
    if found.get("connecttimeout") in {None, "none", "0"}:
        options += ("-o", f"ConnectTimeout={CONNECT_TIMEOUT}")
    if found.get("serveraliveinterval") in {None, "0"}:
        options += ("-o", f"ServerAliveInterval={ALIVE_INTERVAL}")
    return SshTarget(
        destination,
        found.get("user", DEFAULT_USER),
        hostname,
        int(found.get("port", SSH_PORT)),
        found.get("hostkeyalias", "none").replace("none", "") or hostname.lower(),
        options,
    )


@dataclass(frozen=True, slots=True)
class Call:
    """How ssh is called.

    Attributes:
        command: the program and its arguments.
        environment: variables for it.
        log: the file with what ssh has to say itself.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path

    @property
    def said(self) -> str:
        """What ssh has said itself, apart from everything that the script has printed."""
        with contextlib.suppress(OSError):  # there is no file where ssh had nothing to say
            return self.log.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
        return ""


@contextmanager
def calling(target: SshTarget, line: str, password: str | None) -> Iterator[Call]:
    """Prepares a call of ssh.

    Args:
        target: where to.
        line: the command there.
        password: given to that server alone, if it asks for one. None: ssh fails where it would have to ask.
    """
    with tempfile.TemporaryDirectory(prefix="iot-ssh-") as name, contextlib.ExitStack() as stack:
        directory = Path(name)
        log = directory / "log"
        environment: Mapping[str, str] = {}
        asking = ["BatchMode=yes"]
        if password is not None:
            asking = ["BatchMode=no", "NumberOfPasswordPrompts=1"]
            askpass = Askpass(directory, f"{target.user[:30]}@{target.known_as[:128]}", password)
            environment = stack.enter_context(askpass)
        own = [word for option in [*asking, "RemoteCommand=none"] for word in ("-o", option)]
        command = ["ssh", "-T", "-E", str(log), *own, *target.options, "-l", target.user]
        yield Call((*command, "--", target.destination, line), environment, log)


def lost(errors: str) -> str:
    """The one thing that ssh says among a script's errors instead of in its log: that the connection is lost.

    Args:
        errors: the last that was printed as errors.

    Returns:
        What it said; empty when it did not.
    """
    match = _LOST.search(errors)
    return match[0] if match else ""


def _home() -> dict[str, str]:
    """Has ``~`` mean the directory in which ssh itself looks for its files, whatever HOME says."""
    try:
        return {"HOME": pwd.getpwuid(os.getuid()).pw_dir}
    except KeyError:
        return {}
