"""Finds the kernel whose pipe is wanted, and asks kernels about pipes. Standard library only."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from ukernel.pipes.endpoints import (
    PORT_VARIABLE,
    KernelEntry,
    StateError,
    entries_in,
    port_from,
    read_state,
    state_path,
    token_from,
)
from ukernel.pipes.framing import FramingError, PipeError, Receiver, Request, write_request

LOOPBACK = "127.0.0.1"

#: s to go on looking for a kernel; one that is just starting listens within one.
PATIENCE = 5.0

#: s between looks.
INTERVAL = 0.1

#: boards of one name that an error tells apart
MOST_TOLD = 5

#: s for one kernel to take a connection and to answer a question.
ANSWER_TIMEOUT = 2.0


class PipeSource(Protocol):
    """Where a pipe comes from: a kernel, or a broker."""

    @property
    def kind(self) -> str:
        """``kernel`` or ``broker``."""

    @property
    def token(self) -> str:
        """What it wants to see in a request."""

    def ask(self, name: str) -> dict[str, object]:
        """Asks what is known of a pipe: ``open``, the ``pipes`` there are, ...

        Raises:
            OSError: nobody answers.
            PipeError: it refuses.
        """


class Address(NamedTuple):
    """Where a kernel listens, and what it wants to see."""

    host: str
    port: int
    token: str = ""

    def __repr__(self) -> str:
        return f"<kernel at {self}>"  # the token is nobody's business

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def kind(self) -> str:
        """What is there."""
        return "kernel"

    def connect(self) -> socket.socket:
        """Opens a connection.

        Raises:
            OSError: nobody listens there.
        """
        connection = socket.create_connection((self.host, self.port), timeout=ANSWER_TIMEOUT)
        connection.settimeout(None)
        return connection

    def ask(self, name: str) -> dict[str, object]:
        """Asks what is known of a pipe: ``open``, ``subscribers``, ``messages``, ``lost``, ``device``, ...

        Raises:
            OSError: nobody answers.
            PipeError: the kernel refuses, or it is none.
        """
        with self.connect() as connection:
            connection.settimeout(ANSWER_TIMEOUT)
            connection.sendall(write_request(Request(name, self.token, query=True)))
            receiver = Receiver(stamps=False)
            while data := connection.recv(4096):
                with contextlib.suppress(FramingError, ValueError):
                    for message in receiver.feed(data):
                        answer = json.loads(message.data)
                        if isinstance(answer, dict):
                            return answer
        raise PipeError(f"{self}: {receiver.refusal or 'this is no kernel'}")


def find(
    name: str,
    *,
    host: str | None,
    port: int | None,
    token: str | None,
    device: str | None,
    broker: str | None = None,
) -> tuple[PipeSource, socket.socket]:
    """Connects to the kernel, or the broker, whose pipe is wanted; see `ukernel.pipes.client.subscribe`.

    Raises:
        ValueError: an argument or an environment variable holds nonsense.
        ConnectionError: no kernel was found for `PATIENCE` seconds, or no broker, or two have boards of this
            name.
        ImportError: a broker needs paho-mqtt, which is not installed.
    """
    if broker is not None:
        from ukernel.pipes.mqtt.relay import find_at_broker

        if (host, port, token) != (None, None, None):
            raise ValueError("host=, port= and token= are of kernels, and go with no broker=")
        return find_at_broker(name, broker, device)
    search = Search(name, host, port, token, device)
    end = time.monotonic() + PATIENCE
    while True:
        is_last = time.monotonic() >= end
        found = search.look(settle=is_last)
        if found is not None:
            return found
        if is_last:
            raise ConnectionError(search.failure())
        time.sleep(INTERVAL)


class Search:
    """One search for a kernel.

    Raises:
        ValueError: an argument or an environment variable holds nonsense.
    """

    def __init__(
        self,
        name: str,
        host: str | None,
        port: int | None,
        token: str | None,
        device: str | None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        if port is not None and (isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536):
            raise ValueError(f"port must be a number from 1 to 65535, not {port!r}")
        self._name = name
        self._host = host or LOOPBACK
        self._given = port
        self._port = port if port is not None or device is not None else port_from(environ)
        if host is not None and self._port is None:
            raise ValueError(f"a kernel on another computer needs its port= (or {PORT_VARIABLE})")
        self._token = token if token is not None else token_from(environ) if device is None else None
        self._device = device
        self._path = state_path(environ)
        self._problem = ""

    def look(self, *, settle: bool) -> tuple[Address, socket.socket] | None:
        """Looks once.

        Args:
            settle: take the newest kernel where none of several has the pipe open.
        """
        if self._port is not None:
            return self._connected(Address(self._host, self._port, self._token_at(self._port)))
        addresses = self._addresses()
        if len(addresses) > 1 or not (settle or self._is_settled()):
            chosen = next((address for address in addresses if self._is_open_at(address)), None)
            addresses = [chosen] if chosen is not None else addresses if settle else []
        return next((found for address in addresses if (found := self._connected(address))), None)

    def failure(self) -> str:
        """Why nothing was found."""
        if self._port is not None:
            origin = "port=" if self._given is not None else f"the port of {PORT_VARIABLE}"
            where = f"{self._host}:{self._port}"
            return f"no kernel listens at {where} ({origin}): {self._problem.removeprefix(f'{where}: ')}"
        advice = "open a notebook of the IoT Kernel"
        if self._device is not None:
            advice = f"connect it in a notebook: %connect {self._device}"
        return f"{self._problem} ({advice})"

    def _addresses(self) -> list[Address]:
        """The kernels that may be meant, newest first."""
        entries = self._entries()
        if not entries:
            return []
        if self._device is not None:
            names = (entry.device or entry.url for entry in entries)
            boards = ", ".join(repr(name) for name in names if name)
            entries = [entry for entry in entries if entry.is_of(self._device)]
            if not entries:
                others = f", only {boards}" if boards else ""
                self._problem = f"no kernel in {self._path} has the board {self._device!r}{others}"
            _check_one_board(self._device, entries)
        return [Address(self._host, entry.port, self._token_for(entry)) for entry in entries]

    def _is_settled(self) -> bool:
        """Whether the one kernel found is the only one: a deleted file fills again within seconds."""
        if self._device is not None:
            return True
        try:
            return time.time() - self._path.stat().st_mtime > PATIENCE
        except OSError:
            return False

    def _entries(self) -> list[KernelEntry]:
        try:
            entries = entries_in(read_state(self._path))
        except StateError as error:
            self._problem = str(error)
            return []
        if not entries:
            self._problem = f"no kernel is listed in the state file {self._path}"
        return entries

    def _connected(self, address: Address) -> tuple[Address, socket.socket] | None:
        try:
            return address, address.connect()
        except OSError as error:
            self._problem = f"{address}: {error.strerror or error}"
            return None

    def _is_open_at(self, address: Address) -> bool:
        try:
            return bool(address.ask(self._name).get("open"))
        except OSError as error:
            self._problem = f"{address}: {error}"
            return False

    def _token_at(self, port: int) -> str:
        """The token for a port that was named: the one given, or what the state file says of this port."""
        if self._token is not None:
            return self._token
        return next((entry.token for entry in self._entries() if entry.port == port), "")

    def _token_for(self, entry: KernelEntry) -> str:
        return self._token if self._token is not None else entry.token


def _check_one_board(device: str, entries: Sequence[KernelEntry]) -> None:
    """Makes sure that kernels that have a board of this name all mean the same one.

    Raises:
        PipeError: they do not; it says how to tell them apart.
    """
    boards = {entry.uid or entry.url: entry for entry in entries}
    if len(boards) > 1:
        some = list(boards.values())[:MOST_TOLD]
        them = " and ".join(f"{entry.uid or 'no uid'} at {entry.url}" for entry in some)
        raise PipeError(f"{len(boards)} boards are called {device!r}: {them}; name the one by its uid or url")
