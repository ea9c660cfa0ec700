"""What was fetched, for installations on several boards at the same time: each file is fetched once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from iot_kernel.packages.errors import NotWantedError
from iot_kernel.packages.sources import Place


class FetchedFiles:
    """Files that were fetched or are on their way. Thread-safe."""

    def __init__(self) -> None:
        self._files: dict[Place, Future[bytes]] = {}
        self._files_lock = threading.Lock()

    def get(self, place: Place, fetch: Callable[[], bytes]) -> bytes:
        """Gives a file: what was fetched before, or what another thread is fetching.

        Args:
            place: where it is.
            fetch: fetches it.

        Raises:
            Exception: as ``fetch`` does; where another thread fetched it, as that one's did. Where that
                was told to stop, ``fetch`` is called after all.
        """
        while True:
            with self._files_lock:
                coming = self._files.get(place)
                ours = self._files.setdefault(place, Future())
            if coming is None:
                return self._fetch(place, fetch, ours)
            try:
                return coming.result()
            except NotWantedError:
                continue

    def _fetch(self, place: Place, fetch: Callable[[], bytes], ours: Future[bytes]) -> bytes:
        try:
            data = fetch()
        except BaseException as error:
            with self._files_lock:
                del self._files[place]
            ours.set_exception(error)
            raise
        ours.set_result(data)
        return data
