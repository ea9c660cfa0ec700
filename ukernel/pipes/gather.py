"""Reads several pipes at the same time, each on a thread of its own, up to one limit."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from ukernel import interruptible
from ukernel.pipes.framing import PipeError
from ukernel.pipes.reader import Decoder, PipeReader
from ukernel.pipes.reading import CLOSED, Reading
from ukernel.pipes.sources import Connect, Readable, connect_one
from ukernel.pipes.timed import Times


class Gathering:
    """The samples of one pipe, as they come.

    Args:
        reading: with the limit.
        pipe: to be read; closed by `stop`.
        decoder: the user's; None for the pipe's own.
    """

    def __init__(self, reading: Reading, pipe: PipeReader, decoder: Decoder | None) -> None:
        self.pipe = pipe
        self.values: list[Any] = []
        self.times = Times()
        #: what went wrong in the user's decoder
        self.error: BaseException | None = None
        self._decode = pipe.decoder(decoder)
        self._reading = reading
        self._has_left = False

    def early_end(self) -> str:
        """Why there is nothing, or not all that was wanted; empty where all is well."""
        return self._reading.why if self._has_left or not self.values else ""

    def run(self, n: int | None, stop: threading.Event) -> None:
        """Reads until there are ``n`` samples, the time is over, the pipe ends, or ``stop``."""
        try:
            for data in self._reading.messages(self.pipe, n):
                if stop.is_set():
                    return
                self.values.append(self._decode(data))
                self.times.take(self.pipe)
            self._has_left = self._reading.why == CLOSED
        except PipeError as error:  # what came before is good
            self._reading.why = str(error)
            self._has_left = True
        except BaseException as error:  # noqa: BLE001  raised in the thread of the user
            self.error = error
            stop.set()


def gather(
    sources: Mapping[str, Readable],
    connect: Connect,
    *,
    n: int | None,
    seconds: float | None,
    decoder: Decoder | None,
) -> dict[str, Gathering]:
    """Reads several pipes; returns when all have ended or have enough.

    Args:
        sources: the pipes, by what each is called.
        connect: subscribes to one.
        n: samples of each; None for no limit.
        seconds: of wall time, from the call; None for no limit.
        decoder: makes a sample of a message.

    Raises:
        ConnectionError: no kernel was found for one of them.
        Exception: whatever the decoder raises; all pipes are closed then.
    """
    readings = {label: Reading(seconds) for label in sources}
    with ExitStack() as stack:
        found: dict[str, Gathering] = {}
        for label, source in sources.items():
            pipe = connect_one(source, connect)
            if pipe is not source:
                stack.enter_context(pipe)
            found[label] = Gathering(readings[label], pipe, decoder)
        _run_all(found, n)
    for gathering in found.values():
        if gathering.error is not None:
            raise gathering.error
    return found


def _run_all(found: Mapping[str, Gathering], n: int | None) -> None:
    """Runs all to their ends; an error in one of them, or Ctrl-C, closes the pipes of all."""
    stop, done = threading.Event(), threading.Semaphore(0)

    def run(gathering: Gathering) -> None:
        gathering.run(n, stop)
        done.release()

    threads = [
        threading.Thread(target=run, args=(gathering,), name=f"collect {label}", daemon=True)
        for label, gathering in found.items()
    ]
    is_complete = False
    try:
        for thread in threads:
            thread.start()
        is_complete = all(_acquired(done) and not stop.is_set() for _ in threads)
    finally:
        if not is_complete:
            stop.set()
            for gathering in found.values():
                gathering.pipe.close()
        for thread in threads:
            if thread.ident is not None:  # else Ctrl-C came before it began
                thread.join()


def _acquired(done: threading.Semaphore) -> bool:
    """Waits for the next one that has ended; Ctrl-C ends the wait."""
    while not done.acquire(timeout=interruptible.AT_A_TIME):
        pass
    return True
