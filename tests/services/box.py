"""A box: processes that see the machine's files, except for what the test replaces, and end with the test.

Servers and containers want to be root, write into ``/run`` and ``/etc``, and leave processes behind. In mount
and process namespaces of their own they may: nothing of it reaches the machine, and when the box ends, in
whatever way, the system kills everything in it. The network is the machine's.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Self

from tools.store import UnavailableError

INIT = Path(__file__).with_name("box_init.py")
UNSHARE = ("unshare", "--mount", "--propagation", "unchanged", "--pid", "--fork", "--kill-child")

#: Of the users that a box knows besides the machine's.
PASSWORD = "swordfish"
HASH = "$6$iotkernel$OqCOjK.9u8uJ3KpjjH.IMZGkBEVcxn9FVRKA2VjQ322bCNXbhJpI88wo71.K.VKDjTr6nUlIJoBpa6ooIUayL/"


class Box:
    """A running box; a context manager.

    Args:
        directory: where it keeps its files; `bin` there is for programs that act in the box.

    Attributes:
        users: the home directory of each of its users, by name: ``root``, ``iot`` (bash) and ``dash``.
        programs: the directory of the programs.
    """

    def __init__(self, directory: Path) -> None:
        if os.geteuid() != 0:
            raise UnavailableError("the tests of %%ssh and %%service need root's rights: run ./check as root")
        self.directory = directory
        self.programs = directory / "bin"
        self.users = {name: directory / "home" / name for name in ("root", "iot", "dash")}
        self._furnish()
        self._process = subprocess.Popen(
            [*UNSHARE, sys.executable, str(INIT), str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            assert self._process.stdout is not None
            said = self._process.stdout.readline()
            assert said == b"ready\n", "the box does not start; its own words stand above"
            self._first = _child(self._process.pid)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends everything in the box."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def command(self, *words: str) -> list[str]:
        """The words that run a command in the box."""
        return ["/usr/bin/nsenter", f"--target={self._first}", "--mount", "--pid", "--root", "--wd", *words]

    def run(self, *words: str, check: bool = True) -> str:
        """Runs a command in the box and returns what it prints."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, f"{shlex.join(words)}: {done.stderr}{done.stdout}"
        return done.stdout

    def program(self, name: str, *words: str, before: str = "") -> Path:
        """Makes a program that runs a command in the box, with the arguments that it is given.

        Args:
            name: the program's.
            words: the command.
            before: shell commands to run first, outside.
        """
        text = f'#!/bin/sh\n{before}\nexec {shlex.join(self.command(*words))} "$@"\n'
        return script(self.programs / name, text)

    def alive(self, pid: int) -> bool:
        """Whether a process of the box runs, by its number there."""
        status = self.run("cat", f"/proc/{pid}/stat", check=False)
        return bool(status) and status.rpartition(")")[2].split()[0] != "Z"

    def _furnish(self) -> None:
        etc = self.directory / "etc"
        for directory in (etc, self.programs, *self.users.values()):
            directory.mkdir(parents=True)
        ours = {*self.users, "sshd"}
        passwd = [
            line for line in Path("/etc/passwd").read_text().splitlines() if line.split(":")[0] not in ours
        ]
        passwd += [
            f"root:x:0:0:root:{self.users['root']}:/bin/bash",
            f"iot:x:4901:4901::{self.users['iot']}:/bin/bash",
            f"dash:x:4902:4902::{self.users['dash']}:/bin/dash",
            "sshd:x:4903:65534::/run/sshd:/usr/sbin/nologin",
        ]
        (etc / "passwd").write_text("\n".join([*passwd, ""]))
        (etc / "shadow").write_text("".join(f"{name}:{HASH}:19000:0:99999:7:::\n" for name in self.users))
        (etc / "shadow").chmod(0o600)
        for name, number in (("iot", 4901), ("dash", 4902)):
            os.chown(self.users[name], number, number)
        self.directory.chmod(0o755)  # their homes are below


def script(path: Path, text: str) -> Path:
    """Makes a program of a text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def _child(pid: int) -> int:
    """The only process that one has started."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text())
