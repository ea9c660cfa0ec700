"""OpenSSH's server on a loopback port, with keys, users and files of its own, and a client for it."""

from __future__ import annotations

import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from tests.free_ports import free_port
from tests.services.box import Box, script
from tools import services

DEADLINE = 20.0  # s until it listens; it takes a twentieth of a second

CONFIGURATION = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {directory}/host_key
AuthorizedKeysFile {directory}/authorized_keys
PidFile none
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PrintMotd no
PerSourcePenalties no
SshdSessionPath {directory}/inside/sshd-session
SshdAuthPath {directory}/inside/sshd-auth
"""


class SshServer:
    """A running server, and the files of a client of it; a context manager.

    Attributes:
        port: where it listens.
        home: the client's home directory.
        key: a private key that every user of the server accepts.
    """

    def __init__(self, box: Box, directory: Path) -> None:
        self.box = box
        self.home = box.users["root"]
        self.key = directory / "key"
        self._directory = directory
        directory.mkdir()
        self._words = services.openssh()
        for name, words in self._words.items():
            box.program(name, *words, before=f"export HOME={self.home}")
            script(directory / "inside" / name, f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        for file in (self.key, directory / "host_key"):
            self.make_key(file)
        shutil.copy(directory / "key.pub", directory / "authorized_keys")
        self.port = free_port()
        configuration = CONFIGURATION.format(port=self.port, directory=directory)
        (directory / "sshd_config").write_text(configuration)
        self._log = (directory / "log").open("wb")
        self._process = subprocess.Popen(
            box.command(*self._words["sshd"], "-D", "-e", "-f", str(directory / "sshd_config")),
            stdin=subprocess.DEVNULL,
            stderr=self._log,
        )
        started = _until(lambda: self._listens() or self._process.poll() is not None)
        assert started, f"sshd does not start: {self.log}"
        assert self._process.poll() is None, f"sshd does not start: {self.log}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    @property
    def log(self) -> str:
        """What the server said."""
        return (self._directory / "log").read_text()

    def make_key(self, file: Path, passphrase: str = "") -> Path:
        """Makes a private key, with its public half beside it."""
        self.box.run(*self._words["ssh-keygen"], "-q", "-t", "ed25519", "-N", passphrase, "-f", str(file))
        return file

    @contextmanager
    def agent(self, key: Path) -> Iterator[str]:
        """Runs an agent with a key; yields the path of its socket."""
        path = str(self._directory / "agent")
        words = self.box.command(*self._words["ssh-agent"], "-D", "-a", path)
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
            try:
                _until(lambda: Path(path).exists() or process.poll() is not None)
                self.box.run("env", f"SSH_AUTH_SOCK={path}", *self._words["ssh-add"], "-q", str(key))
                yield path
            finally:
                process.kill()
                Path(path).unlink(missing_ok=True)

    def prepare_client(self, *, known: bool = True, key: bool = True, configuration: str = "") -> None:
        """Sets up the client's files.

        Args:
            known: whether it knows the server's key.
            key: whether it has a key that the server accepts.
            configuration: the text of its ``~/.ssh/config``.
        """
        directory = self.home / ".ssh"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(mode=0o700)
        if known:
            public = (self._directory / "host_key.pub").read_text()
            (directory / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {public}")
        if key:
            shutil.copy(self.key, directory / "id_ed25519")
        if configuration:
            (directory / "config").write_text(configuration)
            (directory / "config").chmod(0o600)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def _until(condition: Callable[[], bool]) -> bool:
    """Whether a condition becomes true in time."""
    end = time.monotonic() + DEADLINE
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return met
