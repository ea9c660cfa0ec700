"""OpenSSH's ``ssh`` for scripts: how the program is called, and with a password if there is one.

Everything that ``ssh`` does in a terminal it does here: configuration, agent, known hosts. Nothing is trusted
that it does not trust, and it asks nobody: who is to be asked sits at another terminal.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from iot_kernel.openssh.reasons import reason
from iot_kernel.openssh.target import NOT_INSTALLED, SshTarget, asking, target_of
from iot_kernel.services.ask import Interruptible, ask
from iot_kernel.services.askpass import Askpass
from iot_kernel.services.errors import HostServiceError

FAILED = 255  # the exit status of ssh when it fails itself; a script may have the same

_LOST = re.compile(r"Connection to \S+ closed by remote host\.(?=\s*\Z)")

DEFAULT_USER = "root"

_HELPS = "--password, or ssh_pwds in the secrets file, gives a password"


def resolve(destination: str, port: int | None, interruptible: Interruptible) -> SshTarget:
    """Asks ssh where a destination leads.

    Args:
        destination: see `SshTarget`.
        port: where the server listens; None for what ssh's configuration says.
        interruptible: lets the user stop it.

    Raises:
        HostServiceError: there is no ssh, or it cannot make sense of this or of its configuration.
    """
    with asking(destination, port, DEFAULT_USER) as question:
        if not question.command:
            raise HostServiceError("ssh", NOT_INSTALLED)
        answer = ask(question.command, interruptible, question.environment)
    if answer.returncode:
        raise HostServiceError("ssh", answer.problem)
    target = target_of(destination, port, answer.out)
    if target is None:
        raise HostServiceError("ssh", f"'{destination}' names no computer")
    return target


def explain(target: SshTarget, said: str, password: str | None) -> HostServiceError:
    """Says why a call of ssh failed.

    Args:
        target: where it went.
        said: what ssh said.
        password: where the password came from; None when there was none.
    """
    _, problem = reason(target, said, password=password, password_ways=_HELPS)
    return HostServiceError(target.destination, problem)


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
