"""Searches for boards: asks every address where one may be, all at once, and remembers which answered.

It disturbs as little as possible: no program is interrupted, no port that a kernel uses is opened, and only
boards whose uid is configured, or that the user registered, are sent a password. Everything is decided on the
caller's thread.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace

from iot_kernel.boards.findings import Discovery, Row, still_missed
from iot_kernel.boards.identify_all import BoardAnswer, BoardAsker
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.registry_entry import Entry
from iot_kernel.device import board_lock
from iot_kernel.device.device import Device
from iot_kernel.discovery import Advert, AnnouncementListener, Candidate, Listening, SerialPort, Skipped
from iot_kernel.discovery.usb import serial_ports, sort_ports
from iot_kernel.errors import ConfigError, ConnectError, ConnectReason, IoTKernelError
from iot_kernel.urls import claim_key, scheme_of

#: s for the whole search; who announces itself at the end of listening is to be asked yet.
SEARCH_TIMEOUT = 8.0

#: s between two looks at the clock and the cancel signal.
TICK = 0.1

_WEBREPL = ("ws", "wss")
_QUIET = (ConnectReason.TIMEOUT, ConnectReason.NOT_A_BOARD)
_NOT_THERE = (ConnectReason.MISSING, ConnectReason.REFUSED, ConnectReason.TIMEOUT)

#: What is said of a board whose firmware has no raw REPL.
_MESSAGES = "µcore firmware"

__all__ = ["Discovery", "Row", "discover"]


def discover(
    registry: DeviceRegistry,
    *,
    listening: Listening | None = None,
    ports: Callable[[], list[SerialPort]] = serial_ports,
    board: Callable[..., Device] = Device,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cancel: threading.Event | None = None,
) -> Discovery:
    """Searches for boards: USB ports, announcements, and what was registered by hand. Takes some seconds.

    Args:
        registry: what is known; boards that answer are remembered there.
        listening: how to listen for announcements; by default as the configuration says.
        ports: gives the serial ports of this computer.
        board: makes the object that asks a board.
        progress: gets how many addresses are done, and how many there are so far; on this thread.
        cancel: ends the search early, with what was found so far.

    Raises:
        ConfigError: the registry's file cannot be used.
    """
    search = _Search(registry, board, progress)
    return search.run(listening, ports, cancel or threading.Event())


class _Search:
    def __init__(
        self,
        registry: DeviceRegistry,
        board: Callable[..., Device],
        progress: Callable[[int, int], None],
    ) -> None:
        self._registry = registry
        self._configuration = registry.configuration
        self._progress = progress
        self._known = {entry.url: entry for entry in registry.all_entries()}
        self._names: dict[str, str] = {}
        self._events: queue.SimpleQueue[Advert | BoardAnswer] = queue.SimpleQueue()
        self._asker = BoardAsker(board, self._events.put)
        self._seen: set[str] = set()
        self._ports: set[str] = set()  # a port may have several addresses; one of them is asked
        self._unanswered: dict[str, bool] = {}  # known addresses without a board: whether nothing is there
        self._firmware: dict[str, str] = {}  # what is special about that of boards that answered
        self._open: list[Candidate] = []  # asked, and no answer yet
        self._done = 0
        self._began = time.time()
        self._found = Discovery()

    def run(
        self, listening: Listening | None, ports: Callable[[], list[SerialPort]], cancel: threading.Event
    ) -> Discovery:
        """The whole search: listen, ask what is known, ask what announces itself, give up on the rest."""
        end = time.monotonic() + SEARCH_TIMEOUT
        self._read_names()
        listener = AnnouncementListener(listening or self._default_listening(), self._events.put)
        listener.start()
        try:
            self._ask_known(ports)
            while self._is_unfinished(listener) and not cancel.is_set() and time.monotonic() < end:
                self._handle_next()
        finally:
            self._found.notes.extend(listener.stop())
            self._asker.stop()
        if not cancel.is_set():
            self._registry.forget_absent([row.entry for row in self._found.rows], self._unanswered)
        return self._result("the search was ended" if cancel.is_set() else "no answer in time")

    # What to ask

    def _read_names(self) -> None:
        with suppress(ConfigError):  # which the notes tell
            self._names = self._registry.names()
        self._found.notes.extend(self._configuration.take_notes())

    def _default_listening(self) -> Listening:
        try:
            address = self._configuration.listen_address()
            port = self._configuration.secrets().broadcast_port
        except ConfigError as error:
            self._found.notes.append(f"not listening for boards that announce themselves: {error}")
            return Listening(seconds=0)
        if address is None:
            return Listening(seconds=0)
        return Listening(port=port, address=address, interfaces=[address] if address else None)

    def _ask_known(self, ports: Callable[[], list[SerialPort]]) -> None:
        candidates, skipped = sort_ports(ports())
        wanted = [
            Candidate(entry.url, entry.uid, entry.serial_number)
            for entry in self._known.values()
            if self._is_wanted(entry)
        ]
        held = [Candidate(holder.url) for holder in board_lock.holders()]
        # What the user typed comes first: a link goes on naming its port when that gets another number.
        self._consider([*wanted, *candidates, *held])
        self._found.skipped.extend(skip for skip in skipped if skip.url not in self._seen)

    def _is_wanted(self, entry: Entry) -> bool:
        """Whether an address is asked although nothing but the registry names it."""
        is_ours = scheme_of(entry.url) in _WEBREPL and entry.uid in self._names
        return not entry.hidden and (entry.by_hand or is_ours)

    def _consider(self, candidates: Iterable[Candidate]) -> None:
        for candidate in candidates:
            if candidate.url not in self._seen:
                self._seen.add(candidate.url)
                if (port := claim_key(candidate.url)) not in self._ports:
                    self._ports.add(port)
                    self._choose(candidate)
        self._report()

    def _choose(self, candidate: Candidate) -> None:
        entry = self._known.get(candidate.url)
        if holder := board_lock.holder(candidate.url):
            self._add_held(candidate.url, holder)
        elif entry and entry.hidden and _can_be_same_device(entry, candidate):
            self._skip(candidate.url, _hidden(candidate.url))
        elif entry and _is_connected_elsewhere(entry) and _can_be_same_device(entry, candidate):
            self._add(entry, "connected in another way")
        elif scheme_of(candidate.url) == "sim":
            self._add(entry or Entry(candidate.url), "virtual; it starts when it is connected")
        elif scheme_of(candidate.url) == "ssh":  # a login may ask for a touch of a key, or take long
            self._add(entry or Entry(candidate.url), "at another computer; it is asked when it is connected")
        else:
            self._ask(candidate, by_hand=entry is not None and entry.by_hand)

    def _ask(self, candidate: Candidate, *, by_hand: bool) -> None:
        try:
            password = self._configuration.password_for(candidate.uid, candidate.url, by_hand=by_hand)
        except ConfigError as error:
            self._skip(candidate.url, f"its password cannot be read: {error}")
            return
        self._open.append(candidate)
        self._asker.ask(candidate, password)

    def _judge(self, advert: Advert) -> None:
        """Decides about an announcement, which anybody can make; registered addresses are asked anyway."""
        url = advert.url
        if url in self._seen:
            return
        if advert.uid in self._names and not advert.problem:
            self._consider([Candidate(url, advert.uid)])
        else:
            self._seen.add(url)
            self._skip(url, advert.problem or self._unconfigured(advert))

    def _unconfigured(self, advert: Advert) -> str:
        if not advert.uid:
            return f"announces itself without a uid; if it is yours: %register {advert.url}"
        directory = self._configuration.places.devices
        what = f"announces itself as {advert.uid}, which is not configured"
        return f"{what}: add this uid to a file in {directory}, or %register {advert.url}"

    # What came of it

    def _is_unfinished(self, listener: AnnouncementListener) -> bool:
        return bool(self._open) or listener.is_listening or not self._events.empty()

    def _handle_next(self) -> None:
        try:
            event = self._events.get(timeout=TICK)
        except queue.Empty:
            return
        if isinstance(event, Advert):
            self._judge(event)
            return
        self._open.remove(event.candidate)
        self._done += 1
        self._settle(event)
        self._report()

    def _settle(self, answer: BoardAnswer) -> None:
        url, claimed, identity = answer.candidate.url, answer.candidate.uid, answer.identity
        if identity is None:
            self._settle_error(answer.candidate, answer.error)
        elif self._is_impostor(url, claimed, identity.uid):
            what = f"announces itself as {claimed}, but is another board"
            self._skip(url, f"{what}: change the password of {claimed}")
        else:
            entry = self._registry.remember(url, identity, serial_number=answer.serial_number)
            if entry.hidden:
                self._skip(url, _hidden(url))
            else:
                self._firmware[url] = _MESSAGES if identity.talks_in_messages else ""
                self._add(entry, "")

    def _is_impostor(self, url: str, claimed: str, uid: str) -> bool:
        return bool(claimed) and claimed != uid and url not in self._known

    def _settle_error(self, candidate: Candidate, error: IoTKernelError | None) -> None:
        url = candidate.url
        if isinstance(error, ConnectError):
            error = self._configuration.explained(error, candidate.uid, by_hand=True)
        reason = error.reason if isinstance(error, ConnectError) else None
        if reason is ConnectReason.HELD and (holder := board_lock.holder(url)):
            self._add_held(url, holder)
        elif reason in _QUIET and scheme_of(url) not in _WEBREPL:
            if url in self._known:
                self._unanswered[url] = False
            self._skip(url, f"no prompt: a program may be running; %connect {url} interrupts it")
        elif error is None:
            self._skip(url, "asking it failed; the kernel's log says why")
        else:
            entry = self._known.get(url) if reason in _NOT_THERE else None
            if entry is not None:
                self._unanswered[url] = True
            board = self._row(entry).name if entry is not None and entry.seen else ""  # it answered there
            self._skip(url, str(error).removeprefix(f"{url}: "), board)

    def _add_held(self, url: str, holder: board_lock.Holder) -> None:
        entry = self._known.get(url) or Entry(url)
        entry = replace(entry, uid=holder.uid or entry.uid)
        self._add(entry, "connected" if holder.pid == os.getpid() else f"in use by {holder}")

    def _add(self, entry: Entry, note: str) -> None:
        self._found.rows.append(self._row(entry, note))

    def _row(self, entry: Entry, note: str = "") -> Row:
        return Row(
            entry,
            self._names.get(entry.uid) or entry.uid or entry.url,
            note or self._firmware.get(entry.url, ""),
        )

    def _skip(self, url: str, reason: str, board: str = "") -> None:
        self._found.skipped.append(Skipped(url, reason, board=board))

    def _report(self) -> None:
        self._progress(self._done, self._done + len(self._open))

    def _result(self, over: str) -> Discovery:
        for candidate in self._open:
            self._skip(candidate.url, f"{over}; %connect {candidate.url} waits longer")
        self._known = {entry.url: entry for entry in self._registry.all_entries()}
        self._found.skipped[:] = still_missed(self._found, self._unanswered, self._known)
        self._found.rows[:] = [self._refreshed(row) for row in self._found.rows]
        order = {url: number for number, url in enumerate(self._known)}
        self._found.rows.sort(key=lambda row: (order.get(row.entry.url, len(order)), row.entry.url))
        self._found.skipped.sort(key=lambda skip: skip.url)
        return self._found

    def _refreshed(self, row: Row) -> Row:
        """A row as it is by now: another kernel may have held the board only to ask it, as we do."""
        entry = self._known.get(row.entry.url)
        if entry is None or entry.seen < self._began or board_lock.holder(entry.url):
            return row
        return self._row(entry)


def _hidden(url: str) -> str:
    return f"unregistered; %register {url} or %discover -f brings it back"


def _is_connected_elsewhere(entry: Entry) -> bool:
    """Whether its board is connected at another address: both lead to one prompt, which is in use."""
    return bool(entry.uid) and board_lock.holder(f"uid:{entry.uid}") is not None


def _can_be_same_device(entry: Entry, candidate: Candidate) -> bool:
    """Whether the USB device at a port can be the one that was there before."""
    known, there = entry.serial_number, candidate.serial_number
    return not known or not there or known == there
