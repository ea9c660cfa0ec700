"""Gives a password to ssh, which takes one only from a terminal or from a program it starts.

The program is a shell script that reads the password from a pipe. The password stands in no file, in no
argument, and in no variable. The script answers one kind of question only, that of the server that the
password is for: not a jump host's, not whether to trust a key, not for a key's passphrase.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from iot_kernel.errors import UsageError

LONGEST = 256  # characters; so that the answers to all questions fit into the pipe
QUESTIONS = 4  # that are answered; ssh asks at most once for each of two ways to log in

_SCRIPT = """\
#!/bin/sh
case $1 in
{name}"'s password: " | "("{name}") "*) IFS= read -r answer <{pipe} && printf '%s\\n' "$answer" ;;
*) exit 1 ;;
esac
"""


class Askpass:
    """The program; there within a ``with``, which gives the variables that ssh finds it by.

    Args:
        directory: where to put it; only its owner may enter it.
        name: the server that may have the password, as ssh calls it: ``user@host``.
        password: for it.

    Raises:
        UsageError: this can be no password, or this is Windows.
    """

    def __init__(self, directory: Path, name: str, password: str) -> None:
        if any(character in password for character in "\n\r\0") or len(password) > LONGEST:
            raise UsageError(f"a password has at most {LONGEST} characters, and no line ends among them")
        if os.name == "nt":
            raise UsageError(
                "a password can be given on Linux and macOS only; on Windows log in by a key: 'ssh-keygen' "
                "makes one, and its .pub file goes into ~/.ssh/authorized_keys of the other computer"
            )
        self._program = directory / "askpass"
        self._pipe = directory / "pipe"
        self._name = name
        self._password = password
        self._end = -1

    def __enter__(self) -> Mapping[str, str]:
        text = _SCRIPT.format(name=shlex.quote(self._name), pipe=shlex.quote(str(self._pipe)))
        self._program.write_text(text, encoding="utf-8")
        self._program.chmod(0o700)
        os.mkfifo(self._pipe, 0o600)
        self._end = os.open(self._pipe, os.O_RDWR)  # both ends: opening one alone would block
        os.write(self._end, f"{self._password}\n".encode() * QUESTIONS)
        return {
            "SSH_ASKPASS": str(self._program),
            "SSH_ASKPASS_REQUIRE": "force",
            "DISPLAY": os.environ.get("DISPLAY") or ":",  # without one, ssh before 8.4 asks no program
        }

    def __exit__(self, *_: object) -> None:
        os.close(self._end)
