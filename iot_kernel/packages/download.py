"""Fetches many files, some at a time, until it is told to stop.

Each is fetched on a daemon thread, so that an interrupt need not wait for a server, a name lookup or a
firewall that swallows everything: such a thread ends by itself, seconds later, and nobody hears of it.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from iot_kernel.packages.errors import PackageError
from iot_kernel.packages.fetch import DEADLINE, SILENCE, Fetcher
from iot_kernel.packages.fetched_files import FetchedFiles
from iot_kernel.packages.sources import Place

DESCRIPTION_LIMIT = 4_000_000  # bytes; the list of all packages of micropython.org has 100 KB
FILE_LIMIT = 8_000_000  # bytes; boards have 16 MB of flash at most, and most have 2
TOTAL_LIMIT = 32_000_000  # bytes of all files together: they are held in memory
CONNECTIONS = 4  # at once: what servers and browsers agree on
LAST_WORDS = 0.2  # s for threads that were told to stop; one whose server is silent takes longer, unseen

_News: TypeAlias = "queue.SimpleQueue[tuple[int, bytes | BaseException]]"


class Downloader:
    """Fetches files until it is stopped. The constructor does nothing.

    Args:
        files: what others fetch at the same time, and need not be fetched again.
        silence: seconds a server may be silent.
        deadline: seconds a file may take.
    """

    def __init__(
        self, files: FetchedFiles | None = None, *, silence: float = SILENCE, deadline: float = DEADLINE
    ) -> None:
        self._files = files or FetchedFiles()
        self._new_fetcher = partial(Fetcher, silence=silence, deadline=deadline)
        self._stopped = threading.Event()
        self._news: _News = queue.SimpleQueue()

    def stop(self) -> None:
        """Ends what is being fetched, with KeyboardInterrupt; nothing can be fetched afterwards."""
        self._stopped.set()
        self._news.put((-1, KeyboardInterrupt()))

    def read(self, place: Place) -> bytes:
        """Fetches a description.

        Raises:
            PackageNotFoundError: there is none.
            PackageError: it cannot be fetched, or it is too large.
            KeyboardInterrupt: `stop` was called.
        """
        return self.read_all([place], limit=DESCRIPTION_LIMIT)[0]

    def read_all(
        self,
        places: Sequence[Place],
        *,
        limit: int = FILE_LIMIT,
        on_file: Callable[[int], None] | None = None,
    ) -> list[bytes]:
        """Fetches files, some at a time.

        Args:
            places: where they are.
            limit: bytes a file.
            on_file: called with the number of files that have arrived.

        Returns:
            Their contents, in the order of ``places``.

        Raises:
            PackageError: as `read`, for the first that fails.
            KeyboardInterrupt: `stop` was called.
        """
        self._news = queue.SimpleQueue()
        if self._stopped.is_set():  # only now: `stop` writes to the queue of its moment
            raise KeyboardInterrupt
        fetcher = self._new_fetcher()
        waiting = deque(enumerate(places))
        fetch = partial(self._fetch, fetcher, limit)
        threads = [_start(fetch, waiting, self._news) for _ in range(min(CONNECTIONS, len(places)))]
        try:
            return self._collect(len(places), on_file)
        finally:
            waiting.clear()
            fetcher.close()
            for thread in threads:
                thread.join(LAST_WORDS)

    def _fetch(self, fetcher: Fetcher, limit: int, place: Place) -> bytes:
        return self._files.get(place, partial(fetcher.fetch, place, limit))

    def _collect(self, count: int, on_file: Callable[[int], None] | None) -> list[bytes]:
        found: dict[int, bytes] = {}
        total = 0
        while len(found) < count:
            number, result = self._news.get()
            if isinstance(result, BaseException):
                raise result
            found[number] = result
            total += len(result)
            if total > TOTAL_LIMIT:
                raise PackageError("the packages", f"more than {TOTAL_LIMIT} bytes at once")
            if on_file is not None:
                on_file(len(found))
        return [found[number] for number in range(count)]


def _start(
    fetch: Callable[[Place], bytes], waiting: deque[tuple[int, Place]], news: _News
) -> threading.Thread:
    def work() -> None:
        with contextlib.suppress(IndexError):  # nothing is waiting any more
            while True:
                number, place = waiting.popleft()
                try:
                    news.put((number, fetch(place)))
                except Exception as error:  # noqa: BLE001  whoever waits for the file decides
                    news.put((number, error))

    thread = threading.Thread(target=work, name="IoT download", daemon=True)
    thread.start()
    return thread
