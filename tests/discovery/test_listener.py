import gc
import queue
import socket
import threading
from collections.abc import Iterator

import pytest

from iot_kernel.discovery import Advert, AnnouncementListener, Listening
from iot_kernel.urls import BROADCAST_PORT
from tests.free_ports import free_port

UID = "30:ae:a4:30:84:34"
LOOPBACK = {"address": "127.0.0.1", "interfaces": ("127.0.0.1",)}


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture
def port() -> int:
    return free_port()


def test_broadcasts_arrive(port: int):
    adverts: queue.Queue[Advert] = queue.Queue()
    listener = AnnouncementListener(Listening(60, port=port, mdns=False, **LOOPBACK), adverts.put)
    listener.start()
    assert listener.is_listening
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        while adverts.empty():
            out.sendto(b"ws://127.0.0.1:8266\n" + UID.encode(), ("127.0.0.1", port))
            threading.Event().wait(0.02)
    assert adverts.get() == Advert("ws://127.0.0.1:8266", UID)
    assert listener.stop() == []
    assert not listener.is_listening


def test_it_ends_by_itself(port: int):
    listener = AnnouncementListener(Listening(0.1, port=port, **LOOPBACK), print)
    listener.start()
    while listener.is_listening:
        threading.Event().wait(0.02)
    assert listener.stop() == []


@pytest.mark.parametrize("how", [Listening(0, **LOOPBACK), Listening(broadcast=False, mdns=False)])
def test_not_listening_at_all_is_fine(how: Listening):
    listener = AnnouncementListener(how, print)
    listener.start()
    assert not listener.is_listening
    assert listener.stop() == []


def test_stopping_before_starting_and_twice_is_fine(port: int):
    listener = AnnouncementListener(Listening(60, port=port, **LOOPBACK), print)
    assert listener.stop() == []
    assert listener.stop() == []


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning"
)  # zeroconf's own: its socket stays open when this fails
def test_what_cannot_be_listened_to_is_noted():
    listener = AnnouncementListener(
        Listening(0.1, port=70000, address="127.0.0.1", interfaces=["192.0.2.1"]), print
    )
    listener.start()
    while listener.is_listening:
        threading.Event().wait(0.02)
    notes = sorted(listener.stop())
    assert ["by mDNS" in note for note in notes] == [True, False]
    gc.collect()


def test_the_port_is_the_one_of_the_original():
    assert Listening().port == BROADCAST_PORT == 50000
