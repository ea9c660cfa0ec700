"""A serial port of another computer, by OpenSSH: ``ssh://user@host/dev/ttyACM0``.

Nothing is installed there. The login runs a shell script, ``ssh_far.sh``, that sets the port and copies
bytes both ways; it goes there as the first input of a shell, so no shell's quoting applies to it. What ends
the link ends the script: the end of its input, the end of the port, or that nobody takes its signs of life.

ssh asks nobody here: what it would have to ask for is an error that says what to do in a terminal.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

from iot_kernel.errors import ConnectError, ConnectReason
from iot_kernel.openssh.reasons import SILENT, SshFailure, reason
from iot_kernel.openssh.target import NOT_INSTALLED, SshTarget, asking, target_of
from iot_kernel.text import printable
from iot_kernel.transports.serial import burst_behind
from iot_kernel.transports.ssh_answers import failure
from iot_kernel.transports.ssh_stream import SshStream, start_process
from iot_kernel.transports.ssh_url import SshUrl, parse_url
from iot_kernel.transports.streams import ByteStream, StreamTransport

#: Seconds between questions of ssh whether the other end is there, where its configuration names no time;
#: after three it is lost: as soon as by TCP elsewhere (`streams.KEEPALIVE`).
ALIVE_INTERVAL = 8

#: Seconds between signs of life of the other end. Should it write to a network that is gone, its TCP gives up
#: after a quarter of an hour; without them it would hold the port for hours.
BEAT = 5

#: Seconds for ``ssh -G``, which reads files; ``Match exec`` runs programs.
ASK_TIMEOUT = 5.0

LONGEST_WORDS = 400  # characters; of what ssh says in an error

_NOT_ON_WINDOWS = (
    "ssh:// works on Linux and macOS only; on Windows serve the port at the other computer (ser2net) and "
    "reach it through a tunnel: 'ssh -N -L 3333:localhost:3333 HOST', then %connect socket://localhost:3333"
)

_GONE = "the port is gone: unplugged, or the board was reset"

#: Our connection is no master of others, which would end with it, forwards nothing, and says what is wrong.
_OPTIONS = (
    "BatchMode=yes",
    "ControlMaster=no",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "LogLevel=INFO",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
)

_HELP = "'ssh-keygen' makes a key, for a password cannot be asked for here"

#: What the other end says last; where its input has ended, nobody asks.
_ENDED = re.compile("^[0-9a-f]{16} ended$", re.MULTILINE)

_USB_IDS = re.compile("([0-9a-fA-F]{4}) ([0-9a-fA-F]{4})")

_KINDS = {
    SshFailure.UNTRUSTED: ConnectReason.AUTH,
    SshFailure.DENIED: ConnectReason.AUTH,
    SshFailure.UNKNOWN: ConnectReason.MISSING,
    SshFailure.REFUSED: ConnectReason.REFUSED,
    SshFailure.LOST: ConnectReason.REFUSED,
    SshFailure.SILENT: ConnectReason.TIMEOUT,
    SshFailure.OTHER: ConnectReason.UNSUPPORTED,
}

#: Of this process: it may end connections that it has lost, and nobody else's.
_OWNER = secrets.token_hex(8)


class SshTransport(StreamTransport):
    """A board at a serial port of another computer; docs/reference/transports.md has its urls and options.

    Args:
        url: ``ssh://[USER@]HOST[:PORT]/dev/…``.
        password: unused.
    """

    def check(self) -> None:
        """As `Transport.check`."""
        parse_url(self.url)

    def _connect(self, timeout: float) -> ByteStream:
        url = parse_url(self.url)
        if sys.platform == "win32":
            raise self._refuse(ConnectReason.UNSUPPORTED, _NOT_ON_WINDOWS)
        target = self._target(url, timeout)
        mark = secrets.token_hex(8)
        script = _far_script(url, mark)
        try:
            stream = _start(target, _command_line(script, url, mark))
        except OSError as error:
            problem = f"ssh cannot be run ({error.strerror})"
            raise self._refuse(ConnectReason.UNSUPPORTED, problem) from error
        self._stream = stream  # for a close meanwhile
        try:
            self._open_port(stream, script, mark, target, timeout)
        except BaseException:
            stream.close()
            raise
        return stream

    def _open_port(
        self, stream: SshStream, script: bytes, mark: str, target: SshTarget, timeout: float
    ) -> None:
        try:
            stream.write(script)
            answer = stream.read_answer(mark, timeout)
        except TimeoutError as error:
            raise self._failure(target, SILENT) from error
        except (OSError, EOFError) as error:
            if not self._closed:
                raise self._failure(target, stream.said()) from error
        else:
            if answer:
                self._take(answer, target)

    def _target(self, url: SshUrl, timeout: float) -> SshTarget:
        with asking(url.destination, url.port, None) as question:
            if not question.command:
                raise self._refuse(ConnectReason.MISSING, NOT_INSTALLED)
            try:
                answer = subprocess.run(
                    question.command,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=ASK_TIMEOUT,
                    check=True,
                )
            except subprocess.CalledProcessError as error:
                problem = printable(error.stderr.decode(errors="replace").strip(), LONGEST_WORDS)
                raise self._refuse(ConnectReason.UNSUPPORTED, f"ssh cannot use this: {problem}") from None
            except subprocess.TimeoutExpired:
                problem = (
                    f"ssh does not read its configuration within {ASK_TIMEOUT:g} s ('Match exec' in it?)"
                )
                raise self._refuse(ConnectReason.TIMEOUT, problem) from None
        target = target_of(
            url.destination,
            url.port,
            answer.stdout.decode(errors="replace"),
            connect_timeout=max(1, int(timeout)),
            alive_interval=ALIVE_INTERVAL,
        )
        if target is None:
            raise self._refuse(ConnectReason.UNSUPPORTED, f"'{url.destination}' names no computer")
        return target

    def _take(self, answer: str, target: SshTarget) -> None:
        """Takes what the other computer says of the port."""
        url = parse_url(self.url)
        how, _, rest = answer.partition(" ")
        if how != "open":
            raise failure(self.url, target, url.path, rest)
        device, _, ids = rest.partition(" ")
        found = _USB_IDS.fullmatch(ids)
        vendor, product = (int(found[1], 16), int(found[2], 16)) if found else (None, None)
        self.burst = url.burst or burst_behind(device or url.path, vendor, product)

    def _failure(self, target: SshTarget, said: str) -> ConnectError:
        if not said:
            return self._refuse(ConnectReason.UNSUPPORTED, "ssh ended without a word; try it in a terminal")
        kind, text = reason(target, said, password_ways=_HELP, port_ways="ssh://HOST:PORT/…")
        return self._refuse(_KINDS[kind], printable(text, LONGEST_WORDS))

    def _refuse(self, kind: ConnectReason, problem: str) -> ConnectError:
        return ConnectError(self.url, kind, problem)


def _far_script(url: SshUrl, mark: str) -> bytes:
    """The program for the other computer, whose lines for us begin with the mark."""
    values = {
        "mark": mark,
        "owner": _OWNER,
        "port": _digest(url),
        "path": url.path,
        "baud": url.baud,
        "beat": BEAT,
    }
    settings = "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in values.items())
    return (settings + _program()).encode()


@cache
def _program() -> str:
    """The script without comments."""
    text = Path(__file__).with_name("ssh_far.sh").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("#"))


def _command_line(script: bytes, url: SshUrl, mark: str) -> str:
    """What the login shell there runs, whichever it is: it must not be replaced by the script's shell."""
    reading = f'eval "$(head -c {len(script)})"'
    return f"sh -c '{reading}' iot-kernel:{_OWNER}:{_digest(url)}:{mark}; true"


def _digest(url: SshUrl) -> str:
    return hashlib.sha256(url.path.encode()).hexdigest()[:16]


def _start(target: SshTarget, line: str) -> SshStream:
    options = [word for option in _OPTIONS for word in ("-o", option)]
    command = ["ssh", "-T", *options, *target.options, "--", target.destination, line]
    return start_process(command, lambda said: _why(target, said))


def _why(target: SshTarget, said: str) -> str:
    """Why a connection has ended that was there."""
    if _ENDED.search(said):
        return _GONE
    last = said.rpartition("\n")[2].strip().rstrip(".")
    return printable(last, LONGEST_WORDS) or f"{target.host} has ended the connection"
