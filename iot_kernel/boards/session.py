"""The boards of one notebook: which one is current, and what the notebook is told about it.

Nothing here waits for a board by itself or knows how one is reached; `iot_kernel.device` and `registry` do.

Longer than other modules: whatever makes another board the current one changes the same few attributes.
"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from iot_kernel.boards.errors import OtherBoardError
from iot_kernel.boards.handed_board import FramesOnTheWay, HandedBoard
from iot_kernel.boards.origins import Origins, note_copied
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.registry_entry import Entry
from iot_kernel.device.board_lock import holder
from iot_kernel.device.callbacks import BoardCallbacks
from iot_kernel.device.device import Device, DeviceInfo
from iot_kernel.displays.channel import DISPLAY_CHANNEL, DisplayChannel
from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason, NotConnectedError, UsageError
from iot_kernel.pipes.discover_open import Inquiry
from iot_kernel.pipes.hub import Hub
from iot_kernel.pipes.publications import Publications
from iot_kernel.protocol.frames import Damaged, Frame
from iot_kernel.repl.turn_state import drop
from iot_kernel.text import printable
from iot_kernel.transports import create_transport, current_url
from iot_kernel.urls import is_url


class Session:
    """At any time connected to one board or to none. The constructor touches nothing.

    Args:
        registry: which boards are known; each that answers is remembered there.
        notice: takes one line about the link (lost, connected again, restarted); from any thread.
        stray: takes what a board prints while no cell runs; from any thread.
        hub: takes the frames of the current board's pipes.
        displays: takes those of what it shows.
        changed: another board is the current one, or none.
        origins: where files of boards came from, shared with the other sessions of a notebook.

    Attributes:
        on_notice, on_stray: what the arguments say; may be replaced at any time.
        on_lost: the link to the board broke while nothing ran on it; called as that of `BoardCallbacks`.
        on_reset: the board has restarted by itself, which shows when it is used again; called by who uses it,
            and must not use it.
        adopt: hands over a board at an address, open, that another session of this kernel has; None where
            none has it.
    """

    def __init__(
        self,
        registry: DeviceRegistry,
        *,
        notice: Callable[[str], None],
        stray: Callable[[str], None],
        hub: Hub | None = None,
        displays: DisplayChannel | None = None,
        changed: Callable[[], None] = lambda: None,
        origins: dict[str, Origins] | None = None,
    ) -> None:
        self.adopt: Callable[[Entry], HandedBoard | None] = lambda entry: None
        self.on_lost: Callable[[ConnectionLostError], None] = drop
        self.on_reset: Callable[[], None] = lambda: None
        self.hub = hub or Hub()
        #: which of the current board's pipes go to brokers, as long as it is the current one
        self.publications = Publications(self.hub, self._take_notice, lambda: self._is_online)
        self.displays = displays or DisplayChannel()
        self.displays.on_note = self._take_notice
        self._changed = changed
        self._registry = registry
        self.on_notice = notice
        self.on_stray = stray
        self._current_lock = threading.RLock()
        self._opening: Device | None = None
        self._current: Device | None = None
        #: by uid, or url where there is none
        self.origins: dict[str, Origins] = defaultdict(Origins) if origins is None else origins
        self._is_held = False
        self._published = ""  # the board whose pipes are published: its uid, or its url
        self._missed: str | None = None  # the board that was asked for last and is not connected

    @property
    def current(self) -> Device | None:
        """The board in use, or the one that is just being connected; its link may be lost."""
        return self._opening or self._current

    @property
    def _is_online(self) -> bool:
        device = self._current
        return device is not None and device.is_open

    @property
    def name(self) -> str:
        """What to call the current board: its configured name, its uid or its url; empty without a board."""
        device = self._current
        if device is None:
            return ""
        uid = device.info.uid if device.info else ""
        return self._registry.name_of(uid, device.url)

    def origins_of(self, device: Device) -> Origins:
        """Which of a board's files came from this computer, as far as this session has copied them."""
        return self.origins[(device.info.uid if device.info else "") or device.url]

    def note_copied(self, sources: Mapping[str, Path], sent: Collection[str]) -> None:
        """Files of this computer were copied to the current board.

        Args:
            sources: by the board's path; those of compiled modules are their sources.
            sent: those of the paths that were not on the board before as they are now.
        """
        if (device := self._current) is not None:
            note_copied(self.origins_of(device), device, sources, sent)

    def connect(self, text: str, schemes: Sequence[str] = (), *, password: str | None = None) -> Device:
        """Makes a board the current one; the one before is let go once it answers.

        Where none answers, the one before stays connected, yet `device` does not give it away.

        Args:
            text: its name, uid or url.
            schemes: the kinds of connection that will do, best first.
            password: for WebREPL; by default what the configuration says.

        Returns:
            The device, open.

        Raises:
            DeviceNotFoundError: nothing known answers to ``text``.
            ConnectError: it does not answer on any of its addresses; the first one's error.
        """
        with self._current_lock:
            self.check_free()
            self.want(text)
            # Whoever types an address means that address; whoever gives a name or a uid means that board.
            entries = self._registry.candidates(text, schemes)
            return self._connect_first(entries, password, wanted=not is_url(text.strip()))

    def want(self, text: str) -> None:
        """Takes note of what the user asks for: until a board is connected, `device` gives away no other.

        Args:
            text: its name, uid or url; empty for the only board there is.
        """
        is_current = bool(text) and text.strip() == self.name  # wanted by another kind of connection, maybe
        self._missed = None if is_current else printable(text)

    def disconnect(self) -> None:
        """Lets the current board go; none is current then. Twice is fine."""
        with self._current_lock:
            self.check_free()
            self._let_go()
            self.publications.close()

    def _let_go(self) -> None:
        """Closes the current board; what is published of it waits for it."""
        device, self._current = self._current, None
        self._missed = None
        if device is not None:
            device.close()
            self._end_channels("disconnected")
            self._changed()

    def has(self, entry: Entry) -> bool:
        """Whether the current board is the one at an address."""
        return self._concerns_current(entry)

    def receive(self, board: HandedBoard) -> None:
        """Makes a board the current one that another session of this kernel gives away; there was none."""
        with self._current_lock:
            self._use(board)

    def give_away(self) -> HandedBoard | None:
        """Lets go of the current board without closing it: another session of this kernel takes it."""
        with self._current_lock:
            device, self._current = self._current, None
            if device is None:
                return None
            frames = FramesOnTheWay()
            device.callbacks.on_frame = frames.take
            publishers = self.publications.give_away()  # first, so that the pipes do not end for them
            board = HandedBoard(device, self.hub.give_away(), publishers, frames)
            self.displays.reset()
            self._changed()
            return board

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Keeps the current board the current one while the block runs.

        `connect` and `disconnect` raise UsageError meanwhile; a lost link is connected again all the same.
        """
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False

    @property
    def is_held(self) -> bool:
        """Whether a cell runs on the current board and on others at the same time; see `holding`."""
        return self._is_held

    def check_free(self) -> None:
        """Makes sure that boards may be connected and let go.

        Raises:
            UsageError: not inside of `holding`.
        """
        if self._is_held:
            raise UsageError(
                "a cell that runs on several boards at the same time cannot connect or disconnect one; "
                "do that in a cell of its own"
            )

    def device(self) -> Device:
        """The current board, ready for code; a lost link is connected again, and the notebook told so.

        Raises:
            NotConnectedError: no board is current.
            OtherBoardError: the user asked for another board since, which could not be connected.
            ConnectError: the board does not come back.
        """
        with self._current_lock:
            device = self._current
            if device is None:
                raise NotConnectedError
            if self._missed is not None:
                raise OtherBoardError(self._missed, self.name)
            if not device.is_open:
                self._reconnect(device)
            return device

    def close(self) -> None:
        """Ends the session: the board is let go, and a waiting thread gets an error. From any thread."""
        for device in (self._opening, self._current):
            if device is not None:
                device.close()
        self._current = None
        self._end_channels("the session ends")
        self.publications.close()

    def _connect_first(self, entries: Sequence[Entry], password: str | None, *, wanted: bool) -> Device:
        failures: list[ConnectError | ConnectionLostError] = []
        if any(self._concerns_current(entry) for entry in entries):
            self._missed = None  # cells may go on waiting for it
        for entry in entries:
            if self._is_current(entry):
                return self.device()
            try:
                return self._switch(entry, password, uid=entry.uid if wanted else "")
            except (ConnectError, ConnectionLostError) as error:
                failures.append(error)
        raise failures[0]

    def _is_current(self, entry: Entry) -> bool:
        return self._current is not None and self._current.is_open and self._current.url == entry.url

    def _concerns_current(self, entry: Entry) -> bool:
        here = self._current is not None and self._current.url == entry.url
        return here or self._is_current_board(entry)

    def _switch(self, entry: Entry, password: str | None, *, uid: str) -> Device:
        """Makes the board at an address the current one, provided that it has the ``uid`` if one is given."""
        board = self.adopt(entry) or HandedBoard(self._opened(entry, password, uid))
        self._let_go()
        self._use(board)
        return board.device

    def _use(self, board: HandedBoard) -> None:
        self._current = device = board.device
        mark = (device.info.uid if device.info else "") or device.url
        if mark != self._published:  # else it was unplugged, and is connected again
            self.publications.close()
            self._published = mark
        device.files.on_change = self.origins_of(device).forget
        self.hub.end_all("another board is connected")  # so that it is asked at once for what it has open
        self.hub.on_unknown = Inquiry(device.exec_when_idle).ask
        self.hub.receive(board.pipes)
        self.publications.receive(board.publishers)
        board.frames.deliver(self._take_frame)
        self._listen(device.callbacks)
        self._changed()

    def _opened(self, entry: Entry, password: str | None, uid: str) -> Device:
        """Opens the board at an address; see `_switch`."""
        self._refuse_held(entry)
        known = self._registry.password_for(entry) if password is None else password
        device = Device(current_url(entry.url, entry.serial_number or None), password=known)
        try:
            create_transport(device.url).check()  # before the board is let go that may be meant
            if self._is_current_board(entry):
                self._let_go()  # a board may take only one client at a time
            info = self._open(device)
        except ConnectError as error:
            if password is not None:
                raise
            raise self._explained(error, entry) from error
        try:
            self._remember(device, info, uid, by_hand=entry.by_hand)
        except BaseException:
            device.close()
            raise
        return device

    def _listen(self, callbacks: BoardCallbacks) -> None:
        """Has the notebook and its pipes told what happens on the current board.

        When the board is unplugged, see `iot_kernel.device.board_connection`.
        """
        callbacks.on_stray = self._take_stray
        callbacks.on_frame = self._take_frame
        callbacks.on_break = lambda: self._end_channels("reset, or out of reach")
        callbacks.on_lost = self._lost
        callbacks.on_restart = self._restarted
        callbacks.on_note = self._take_notice

    def _take_stray(self, text: str) -> None:
        self.on_stray(text)

    def _take_notice(self, note: str) -> None:
        self.on_notice(note)

    def _take_frame(self, frame: Frame | Damaged) -> None:
        """Hands on what came from the board; on the thread that reads."""
        if isinstance(frame, Frame) and frame.channel == DISPLAY_CHANNEL:
            self.displays.take(frame)
        else:
            self.hub.take(frame)

    def _end_channels(self, reason: str) -> None:
        """Whatever the board was about to say of its pipes and displays does not come any more."""
        self.hub.end_all(reason)
        self.displays.reset()

    def _open(self, device: Device) -> DeviceInfo:
        for note in self._registry.configuration.take_notes():
            self.on_notice(note)
        device.callbacks.on_stray = self._take_stray  # the others once it is the current board
        self._opening = device
        try:
            with self._stray_held_back() as held:
                try:
                    return device.open()
                except ConnectError as error:
                    if error.reason is not ConnectReason.OWN:
                        raise
                    self._let_go()  # it turned out to be the current board, at another address,
                    held.clear()  # and what was asked there was said here, too
            return device.open()
        finally:
            self._opening = None

    @contextmanager
    def _stray_held_back(self) -> Iterator[list[str]]:
        """Keeps what the current board prints until the block is over."""
        held: list[str] = []
        device = self._current
        if device is not None:
            device.callbacks.on_stray = held.append
        try:
            yield held
        finally:
            if device is not None:
                device.callbacks.on_stray = self._take_stray
            for text in held:
                self._take_stray(text)

    def _remember(self, device: Device, info: DeviceInfo, uid: str, *, by_hand: bool) -> None:
        """Notes who answered, and makes sure that it is the board that was asked for, if one was."""
        number = device.serial_number or ""
        self._registry.remember(device.url, info, serial_number=number, by_hand=by_hand)
        if uid and info.uid != uid:
            raise ConnectError(device.url, ConnectReason.MISSING, f"another board is there now ({info.uid})")

    def _explained(self, error: ConnectError, entry: Entry) -> ConnectError:
        return self._registry.configuration.explained(error, entry.uid, by_hand=entry.by_hand)

    def _refuse_held(self, entry: Entry) -> None:
        """Leaves alone a board that another kernel drives at another address: asking it would disturb."""
        who = holder(f"uid:{entry.uid}") if entry.uid else None
        if who is not None and who.pid != os.getpid():
            text = f"the board is in use by {who} at {who.url}; {who.advice}"
            raise ConnectError(entry.url, ConnectReason.HELD, text)

    def _is_current_board(self, entry: Entry) -> bool:
        info = self._current.info if self._current is not None else None
        return info is not None and bool(entry.uid) and info.uid == entry.uid

    def _reconnect(self, device: Device) -> None:
        try:
            restarted = device.reopen()
        except ConnectError as error:
            entry = self._registry.entry_at(device.url) or Entry(device.url, by_hand=True)
            raise self._explained(error, entry) from error
        what = (
            "it was reset meanwhile, its variables are gone" if restarted else "its variables are still there"
        )
        self.on_notice(f"connected to {self.name} @ {device.url} again; {what}")
        if restarted:
            self.on_reset()

    def _lost(self, error: ConnectionLostError) -> None:
        self.on_notice(str(error))
        self.on_lost(error)

    def _restarted(self) -> None:
        self.on_notice(f"{self.name} was reset; its variables are gone")
        self.on_reset()
