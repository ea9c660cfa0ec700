"""Fetching many files, and being told to stop."""

import threading
import time

import pytest

from iot_kernel.packages import download
from iot_kernel.packages.download import CONNECTIONS, Downloader
from iot_kernel.packages.errors import PackageError, PackageNotFoundError
from iot_kernel.packages.sources import Web

DEADLINE = 20  # s; generous, nothing here should take one


@pytest.fixture(autouse=True)
def no_threads_are_left():
    yield
    end = time.monotonic() + DEADLINE
    while any(thread.name == "IoT download" for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.01)


def places(server, count):
    return [Web(f"{server.url}/{number}.py") for number in range(count)]


def test_files_come_in_order(server):
    for number in range(30):
        server.files[f"/{number}.py"] = str(number).encode() * number
    seen = []
    found = Downloader().read_all(places(server, 30), on_file=seen.append)
    assert found == [str(number).encode() * number for number in range(30)]
    assert seen == list(range(1, 31))


def test_nothing_to_fetch():
    assert Downloader().read_all([]) == []


def test_a_description(server):
    server.files["/0.py"] = b"{}"
    assert Downloader().read(places(server, 1)[0]) == b"{}"


def test_files_are_fetched_beside_each_other(server):
    met = threading.Barrier(CONNECTIONS + 1)

    def meet(handler):
        met.wait(DEADLINE)
        server.say(handler, b"x")

    for number in range(CONNECTIONS):
        server.answers[f"/{number}.py"] = meet
    results = []
    thread = threading.Thread(
        target=lambda: results.extend(Downloader().read_all(places(server, CONNECTIONS)))
    )
    thread.start()
    met.wait(DEADLINE)  # all of them wait for it at the same time
    thread.join(DEADLINE)
    assert results == [b"x"] * CONNECTIONS


def test_the_first_failure_ends_the_rest(server):
    server.answers["/1.py"] = server.hang
    with pytest.raises(PackageNotFoundError):
        Downloader(silence=1.0).read_all(places(server, 30))
    assert len(server.asked) < 30


def test_too_much_at_once(server, monkeypatch):
    monkeypatch.setattr(download, "TOTAL_LIMIT", 25)
    for number in range(3):
        server.files[f"/{number}.py"] = b"x" * 10
    with pytest.raises(PackageError, match="more than 25 bytes at once"):
        Downloader().read_all(places(server, 3))


@pytest.mark.parametrize("answer", ["hang", "trickle"])
def test_stopping(server, answer):
    server.answers["/0.py"] = getattr(server, answer)
    downloader = Downloader(silence=1.0)
    caught = []

    def run():
        try:
            downloader.read_all(places(server, 1))
        except KeyboardInterrupt as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert server.wait_for("/0.py")
    downloader.stop()
    thread.join(DEADLINE)
    assert caught
    with pytest.raises(KeyboardInterrupt):
        downloader.read(places(server, 1)[0])
