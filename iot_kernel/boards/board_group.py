"""The boards of one notebook that are used at the same time: each has a session of its own.

The current board keeps the notebook's session. The others are connected when they are first asked for, and
stay so, with their variables, until they are let go.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from iot_kernel.boards.errors import DeviceNotFoundError
from iot_kernel.boards.handed_board import HandedBoard
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.registry_entry import Entry
from iot_kernel.boards.session import Session
from iot_kernel.device.device import Device
from iot_kernel.errors import ConfigError, ConnectError, UsageError
from iot_kernel.text import printable


@dataclass(frozen=True, slots=True)
class WantedBoard:
    """A board that is wanted.

    Attributes:
        name: what it is called in what is shown.
        text: its name, uid or url.
        schemes: the kinds of connection that will do, best first; empty for all.
    """

    name: str
    text: str
    schemes: tuple[str, ...] = ()


def wanted(name: str, entry: Entry) -> WantedBoard:
    """Wants a board that was found; unlike its url, its uid is not the user's word that it is theirs."""
    return WantedBoard(name, entry.uid or entry.url)


@dataclass(frozen=True, slots=True)
class BoardOfGroup:
    """A board that is wanted, and its session, which may not be connected yet.

    Attributes:
        wanted: what was asked for.
        session: connects it, and has it then.
        is_known: the session has been connected by these very words, so they need not be looked up again.
    """

    wanted: WantedBoard
    session: Session
    is_known: bool

    @property
    def name(self) -> str:
        """What the board is called in what is shown."""
        return self.wanted.name


class BoardGroup:
    """The boards of one notebook that are connected: the current one, and others beside it.

    Thread-safe; the constructor touches no board.

    Args:
        current: the session of the current board; it takes boards over from here.
        registry: the boards that are known.
        make_session: makes the session of one more board; gets what it is called.
    """

    def __init__(
        self, current: Session, registry: DeviceRegistry, make_session: Callable[[str], Session]
    ) -> None:
        self._current = current
        self._registry = registry
        self._make_session = make_session
        self._group_lock = threading.Lock()
        self._sessions: list[Session] = []
        self._by_words: dict[tuple[str, tuple[str, ...]], tuple[Session, Device]] = {}
        self._stamp: object = None
        current.adopt = self.give_up

    def choose(self, boards: Sequence[WantedBoard]) -> list[BoardOfGroup]:
        """Finds the session of each board, or makes one; connects none.

        Raises:
            UsageError: two of them are the same board.
            ConfigError: the directory of device files cannot be listed.
        """
        self._look_for_changes()
        chosen: dict[object, BoardOfGroup] = {}
        for wanted in boards:
            key, board = self._choose(wanted)
            if (same := chosen.setdefault(key, board)) is not board:
                both = wanted.name if wanted.name == same.name else f"{same.name} and {wanted.name}"
                raise UsageError(f"{both}: this is one board, which runs one thing at a time; name it once")
        return list(chosen.values())

    def keep(self, board: BoardOfGroup) -> None:
        """A board was connected: it stays so until it is let go."""
        wanted = board.wanted
        with self._group_lock:
            if (device := board.session.current) is not None:
                self._by_words[wanted.text, wanted.schemes] = (board.session, device)
            if board.session is not self._current and board.session not in self._sessions:
                self._sessions.append(board.session)

    @property
    def sessions(self) -> list[Session]:
        """Those of the boards beside the current one."""
        with self._group_lock:
            return list(self._sessions)

    def give_up(self, entry: Entry) -> HandedBoard | None:
        """Hands over a board beside the current one that becomes the current one; None where it is none.

        The one before is connected beside it then.

        Raises:
            ConnectError: its link was lost, and it does not come back.
        """
        session = next((each for each in self.sessions if each.has(entry)), None)
        if session is None:
            return None
        if (lost := session.current) is not None and lost.url == entry.url:
            session.device()  # connects it again; nothing has changed where it cannot
        self._drop(session)
        board = _open_or_none(session.give_away())
        if board is not None:
            self._take_in_current()
        return board

    def _take_in_current(self) -> None:
        name = self._current.name
        board = _open_or_none(self._current.give_away())
        if board is not None:
            session = self._make_session(name)
            session.receive(board)
            with self._group_lock:
                self._sessions.append(session)

    def connected(self) -> list[Session]:
        """The sessions of all boards that are connected, the current one first."""
        return [each for each in (self._current, *self.sessions) if each.current is not None]

    def find(self, text: str) -> Session:
        """The session of a board that is connected.

        Raises:
            DeviceNotFoundError: none of those that are connected is the one that is meant.
        """
        with contextlib.suppress(DeviceNotFoundError):
            entries = self._registry.candidates(text)
            for session in self.connected():
                if any(session.has(entry) for entry in entries):
                    return session
        raise DeviceNotFoundError(printable(text), [each.name for each in self.connected()])

    def disconnect(self, session: Session) -> None:
        """Lets go of a board. Twice is fine."""
        session.disconnect()
        self._drop(session)

    def close(self) -> None:
        """Lets go of all boards beside the current one; waiting threads get an error. From any thread."""
        closing = [threading.Thread(target=each.close, daemon=True) for each in self.sessions]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join()

    def _choose(self, wanted: WantedBoard) -> tuple[object, BoardOfGroup]:
        """Finds or makes the session of a board; what stands for the board comes with it."""
        with self._group_lock:
            session, device = self._by_words.get((wanted.text, wanted.schemes), (self._current, None))
        if device is not None and session.current is device:
            return session, BoardOfGroup(wanted, session, is_known=True)
        entries: list[Entry] = []
        with contextlib.suppress(DeviceNotFoundError, ConnectError, ConfigError):  # who connects it is told
            entries = self._registry.candidates(wanted.text, wanted.schemes)
        for session in (self._current, *self.sessions):
            if any(session.has(entry) for entry in entries):
                return session, BoardOfGroup(wanted, session, is_known=False)
        key = (entries[0].uid or entries[0].url) if entries else wanted.text
        return key, BoardOfGroup(wanted, self._make_session(wanted.name), is_known=False)

    def _look_for_changes(self) -> None:
        """Forgets which words led where if the device files have changed since."""
        stamp = self._registry.configuration.stamp()
        with self._group_lock:
            if stamp != self._stamp:
                self._by_words.clear()
                self._stamp = stamp

    def _drop(self, session: Session) -> None:
        with self._group_lock:
            if session in self._sessions:
                self._sessions.remove(session)
            self._by_words = {words: one for words, one in self._by_words.items() if one[0] is not session}


def _open_or_none(board: HandedBoard | None) -> HandedBoard | None:
    """Closes a board whose link is lost: it is to be connected anew."""
    if board is not None and not board.device.is_open:
        board.close()
        return None
    return board
