"""Files that several installations want at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from iot_kernel.packages.download import Downloader
from iot_kernel.packages.errors import NotWantedError, PackageNotFoundError
from iot_kernel.packages.fetched_files import FetchedFiles
from iot_kernel.packages.sources import Web

DEADLINE = 20  # s; generous, nothing here should take one
PLACE = Web("http://here/a.py")


def test_what_many_want_at_once_is_asked_of_the_server_once(server):
    for number in range(3):
        server.files[f"/{number}.py"] = str(number).encode()
    files, places = FetchedFiles(), [Web(f"{server.url}/{number}.py") for number in range(3)]
    with ThreadPoolExecutor(10) as boards:
        found = list(boards.map(lambda _: Downloader(files).read_all(places), range(10)))
    assert found == [[b"0", b"1", b"2"]] * 10
    assert sorted(server.asked) == ["/0.py", "/1.py", "/2.py"]


def test_what_could_not_be_fetched_is_tried_again_later(server):
    files, place = FetchedFiles(), Web(f"{server.url}/missing.py")
    for _ in range(2):
        with pytest.raises(PackageNotFoundError):
            Downloader(files).read(place)
    assert server.asked == ["/missing.py"] * 2


def test_who_waits_for_one_that_is_stopped_fetches_by_itself():
    files, begun, stop = FetchedFiles(), threading.Event(), threading.Event()

    def stopped():
        begun.set()
        stop.wait(DEADLINE)
        raise NotWantedError(PLACE.url)

    with ThreadPoolExecutor(2) as boards:
        first = boards.submit(files.get, PLACE, stopped)
        assert begun.wait(DEADLINE)
        second = boards.submit(files.get, PLACE, lambda: b"mine")
        stop.set()
        assert second.result(DEADLINE) == b"mine"
        with pytest.raises(NotWantedError):
            first.result(DEADLINE)
