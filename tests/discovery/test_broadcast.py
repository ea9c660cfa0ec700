"""Real datagrams on loopback; nothing leaves the machine."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.discovery import broadcast
from iot_kernel.discovery.broadcast import listen, parse_datagram
from iot_kernel.discovery.found import MAX_ADVERTS, Advert
from tests.each import each
from tests.free_ports import free_port

UID = "30:ae:a4:30:84:34"
LONG = 60.0  # s; tests end listening themselves


@pytest.fixture
def port() -> int:
    return free_port()


class Ear:
    """A listener in a thread, on loopback."""

    def __init__(self, port: int) -> None:
        self.adverts: list[Advert] = []
        self.heard = threading.Condition()
        self.stop = threading.Event()
        self.port = port
        self.thread = threading.Thread(
            target=listen,
            args=(LONG, self.found),
            kwargs={"port": port, "address": "127.0.0.1", "stop": self.stop},
        )

    def found(self, advert: Advert) -> None:
        with self.heard:
            self.adverts.append(advert)
            self.heard.notify_all()

    def hear(self, data: bytes, until: int, sender: str = "127.0.0.1") -> list[Advert]:
        """Sends until so many adverts were heard: the listener may not have begun yet."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            send(data, self.port, sender)
            with self.heard:
                if self.heard.wait_for(lambda: len(self.adverts) >= until, 0.05):
                    return self.adverts
        raise AssertionError(self.adverts)


@contextmanager
def ear(port: int) -> Iterator[Ear]:
    it = Ear(port)
    it.thread.start()
    try:
        yield it
    finally:
        it.stop.set()
        it.thread.join()


def send(data: bytes, port: int, sender: str = "127.0.0.1") -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind((sender, 0))
        out.sendto(data, ("127.0.0.1", port))


@each(
    ("data", "advert"),
    [
        (b"ws://10.0.0.5:8266\n30:ae:a4:30:84:34", Advert("ws://10.0.0.5:8266", UID)),
        (b"ws://10.0.0.5:8266\n30:AE:A4:30:84:34\n", Advert("ws://10.0.0.5:8266", UID)),
        (b"ws://10.0.0.5\r\n30:ae:a4:30:84:34\r\n", Advert("ws://10.0.0.5:8266", UID)),
        (b"wss://10.0.0.5:443\n30:ae:a4:30:84:34", Advert("wss://10.0.0.5:443", UID)),
    ],
)
def test_an_announcement_is_a_url_and_a_uid(data: bytes, advert: Advert):
    assert parse_datagram(data, "10.0.0.5") == advert


@each("url", [b"ws://10.0.0.6:8266", b"ws://board.local", b"ws://localhost:8266", b"ws://010.0.0.5:8266"])
def test_nobody_announces_another_computer(url: bytes):
    advert = parse_datagram(url + b"\n" + UID.encode(), "10.0.0.5")
    assert advert.problem.startswith("announced by 10.0.0.5, not by itself; if it is yours: %register ws://")


@each(
    "data",
    [
        b"",
        b"\n",
        b"ws://10.0.0.5:8266",
        b"ws://10.0.0.5:8266\n",
        b"ws://10.0.0.5:8266\nlamp",
        b"ws://10.0.0.5:8266\n30:ae:a4:30:84:34\nmore",
        b"mp://10.0.0.5:8266\n30:ae:a4:30:84:34",
        b"serial:///dev/ttyACM0\n30:ae:a4:30:84:34",
        b"/dev/ttyACM0\n30:ae:a4:30:84:34",
        b"sim://\n30:ae:a4:30:84:34",
        b"socket://10.0.0.5:22\n30:ae:a4:30:84:34",
        b"ws://user:word@10.0.0.5\n30:ae:a4:30:84:34",
        b"ws://10.0.0.5/path\n30:ae:a4:30:84:34",
        b"ws://10.0.0.5:8266?x\n30:ae:a4:30:84:34",
        b"ws://10.0.0.5:99999\n30:ae:a4:30:84:34",
        b"ws://[::1]:8266\n30:ae:a4:30:84:34",
        b"ws://10.0.0.5:8266\n\xff",
        b"ws://10.0.0.5\x1b[31m\n30:ae:a4:30:84:34",
        "ws://10.0.0.5:8266\n\u0663\u0660:ae".encode(),
        b"ws://10.0.0.5:8266\n" + b"0" * 300,
    ],
)
def test_anything_else_is_none(data: bytes):
    with pytest.raises(ValueError, match=r"."):
        parse_datagram(data, "10.0.0.5")


@given(st.binary(max_size=300) | st.from_regex(rb"\A(ws|wss)://[^\n]{0,30}\n[0-9a-f:]{0,30}\Z"))
def test_a_hostile_datagram_is_an_announcement_or_a_value_error(data: bytes):
    try:
        advert = parse_datagram(data, "10.0.0.5")
    except ValueError:
        return
    assert advert.url.isascii()
    assert advert.url.isprintable()
    assert advert.url.startswith(("ws://", "wss://"))
    assert advert.problem or "//10.0.0.5:" in advert.url
    assert advert.uid


def test_what_is_sent_is_heard_once(port: int):
    with ear(port) as one:
        one.hear(b"ws://127.0.0.1:8266\n30:ae:a4:30:84:34", 1)
        one.hear(b"ws://127.0.0.1:8267\n30:ae:a4:30:84:34", 2)
    assert one.adverts == [Advert("ws://127.0.0.1:8266", UID), Advert("ws://127.0.0.1:8267", UID)]


def test_garbage_in_between_does_not_matter(port: int):
    with ear(port) as one:
        for data in (b"", b"\xff" * 5000, b"\x00", b"ws://127.0.0.1:1\nx"):
            send(data, port)
        one.hear(b"ws://127.0.0.1:8266\n30:ae:a4:30:84:34", 1)
    assert len(one.adverts) == 1


def test_the_sender_is_the_one_of_the_datagram(port: int):
    with ear(port) as one:
        (advert,) = one.hear(b"ws://127.0.0.1:8266\n30:ae:a4:30:84:34", 1, sender="127.0.0.2")
    assert "announced by 127.0.0.2" in advert.problem


def test_a_flood_is_cut_off(port: int):
    with ear(port) as one:
        one.hear(b"ws://127.0.0.1:1\n30:ae:a4:30:84:34", 1)
        for number in range(2, 3 * MAX_ADVERTS):
            one.hear(b"ws://127.0.0.1:%d\n30:ae:a4:30:84:34" % number, min(number, MAX_ADVERTS))
    assert len(one.adverts) == MAX_ADVERTS


def test_two_kernels_listen_at_once(port: int):
    with ear(port), ear(port):
        pass
    assert listen(0, print, port=port, address="127.0.0.1") is None


def test_a_port_that_cannot_be_had_is_a_note(port: int):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        note = listen(LONG, print, port=port, address="127.0.0.1")
    assert note.startswith(f"cannot listen on UDP port {port} for boards that announce themselves (")


def test_an_impossible_port_is_a_note():
    assert "cannot listen on UDP port 70000" in listen(LONG, print, port=70000, address="127.0.0.1")


def test_listening_ends_by_itself(port: int):
    begin = time.monotonic()
    assert listen(0.2, print, port=port, address="127.0.0.1") is None
    assert time.monotonic() - begin >= 0.2


def test_without_the_option_for_sharing_a_port_it_listens_all_the_same(
    port: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delattr(broadcast.socket, "SO_REUSEPORT")
    with ear(port) as one:
        one.hear(b"ws://127.0.0.1:8266\n30:ae:a4:30:84:34", 1)
