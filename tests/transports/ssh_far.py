"""A serial port of another computer, which is this one, behind a real OpenSSH server."""

from __future__ import annotations

import os

from tests.transports.far import TerminalFar


class SshFar(TerminalFar):
    """The master of a pseudo-terminal that is reached by ssh; `prepare_client` comes first."""

    place = ""

    @classmethod
    def prepare_client(cls, server, monkeypatch) -> None:
        """Puts a client of the server on PATH."""
        monkeypatch.setenv("PATH", f"{server.box.programs}:{os.environ['PATH']}")
        server.prepare_client()
        cls.place = f"root@127.0.0.1:{server.port}"

    def __init__(self) -> None:
        super().__init__()
        self.url = f"ssh://{self.place}{self.path}"
