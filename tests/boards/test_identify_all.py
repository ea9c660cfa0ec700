import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from iot_kernel.boards import identify_all
from iot_kernel.boards.identify_all import ASK_TIMEOUT, BoardAnswer, BoardAsker
from iot_kernel.discovery import Candidate
from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason

UID = "00:00:00:00:00:01"


@dataclass(frozen=True)
class Info:
    uid: str = UID
    implementation: str = "micropython"
    platform: str = "esp32"


class FakeBoard:
    """Answers as its url says, and notes what was done to it."""

    made: list["FakeBoard"]

    def __init__(self, url: str, *, password: str | None = None) -> None:
        self.url, self.password = url, password
        self.serial_number: str | None = None
        self.calls: list[str] = []
        self.closed = threading.Event()
        FakeBoard.made.append(self)

    def open(self, *, interrupt: bool, timeout: float) -> Info:
        assert not interrupt
        assert timeout == ASK_TIMEOUT
        self.calls.append("open")
        match self.url.partition("://")[2]:
            case "busy":
                raise ConnectError(self.url, ConnectReason.BUSY, "in use")
            case "silent":
                assert self.closed.wait(60)
                raise ConnectionLostError(self.url)
            case "bug":
                raise ZeroDivisionError
            case "numbered":
                self.serial_number = "own"
        return Info()

    def close(self) -> None:
        self.calls.append("close")
        self.closed.set()


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    FakeBoard.made = []
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before
    assert all(board.calls[-1:] == ["close"] for board in FakeBoard.made if board.calls)


@pytest.fixture
def answers() -> Iterator[Callable[[], BoardAnswer]]:
    arrived: queue.Queue[BoardAnswer] = queue.Queue()
    yield lambda: arrived.get(timeout=60)


@pytest.fixture
def asker() -> Iterator[tuple[BoardAsker, Callable[[], BoardAnswer]]]:
    arrived: queue.Queue[BoardAnswer] = queue.Queue()
    it = BoardAsker(FakeBoard, arrived.put)
    yield it, lambda: arrived.get(timeout=60)
    it.stop()


def test_a_board_says_who_it_is_and_is_closed(asker):
    it, answer = asker
    candidate = Candidate("test://well", serial_number="usb")
    it.ask(candidate, "hunter2")
    assert answer() == BoardAnswer(candidate, Info(), "usb")
    assert FakeBoard.made[0].password == "hunter2"
    assert FakeBoard.made[0].calls == ["open", "close"]


def test_the_boards_own_serial_number_goes_first(asker):
    it, answer = asker
    it.ask(Candidate("test://numbered", serial_number="usb"), None)
    assert answer().serial_number == "own"


def test_an_error_is_an_answer(asker):
    it, answer = asker
    it.ask(Candidate("test://busy"), None)
    got = answer()
    assert got.identity is None
    assert got.error.reason is ConnectReason.BUSY


def test_all_are_asked_at_once(asker):
    it, answer = asker
    for name in ("silent", "well", "silent", "busy"):
        it.ask(Candidate(f"test://{name}"), None)
    assert {answer().candidate.url for _ in range(2)} == {"test://well", "test://busy"}


def test_who_does_not_answer_is_given_up(asker):
    it, answer = asker
    it.ask(Candidate("test://silent"), None)
    it.stop()
    assert isinstance(answer().error, ConnectionLostError)
    it.stop()


def test_who_was_not_asked_yet_is_never_opened(asker, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(identify_all, "MAX_PARALLEL", 1)
    arrived: queue.Queue[BoardAnswer] = queue.Queue()
    narrow = BoardAsker(FakeBoard, arrived.put)
    for _ in range(3):
        narrow.ask(Candidate("test://silent"), None)
    narrow.stop()
    assert sorted(board.calls.count("open") for board in FakeBoard.made)[:2] == [0, 0]
    assert [arrived.get(timeout=60).identity for _ in range(3)] == [None, None, None]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the bug is the test
def test_a_bug_of_ours_is_an_answer_too(asker):
    it, answer = asker
    it.ask(Candidate("test://bug"), None)
    assert answer() == BoardAnswer(Candidate("test://bug"))
