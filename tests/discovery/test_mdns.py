"""Real multicast DNS, on the loopback interface only."""

import gc
import random
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from zeroconf import ServiceInfo, Zeroconf

from iot_kernel.discovery import mdns
from iot_kernel.discovery.found import Advert
from iot_kernel.discovery.mdns import CIRCUITPYTHON, OURS, WEBREPL, advert_of, listen
from tests.each import each

LOOPBACK = ["127.0.0.1"]
LONG = 60.0  # s; tests end listening themselves
UID = "30:ae:a4:30:84:34"


def service(kind: str, name: str, port: int, *addresses: str, **items: str | bytes) -> ServiceInfo:
    return ServiceInfo(
        kind,
        f"{name}.{kind}",
        port,
        parsed_addresses=list(addresses or LOOPBACK),
        properties=items,
        server=f"{name}.local.",
    )


@pytest.fixture(scope="module")
def announcer() -> Iterator[Callable[[ServiceInfo], None]]:
    zeroconf = Zeroconf(interfaces=LOOPBACK)
    yield zeroconf.register_service
    zeroconf.close()


def hear(*urls: str) -> list[Advert]:
    """Listens until all these addresses were heard; other tests may be announcing at the same time."""
    adverts: dict[str, Advert] = {}
    stop = threading.Event()

    def found(advert: Advert) -> None:
        adverts[advert.url] = advert
        if set(urls) <= set(adverts):
            stop.set()

    assert listen(LONG, found, interfaces=LOOPBACK, stop=stop) is None
    return [adverts[url] for url in urls]


def test_announced_services_are_found(announcer: Callable[[ServiceInfo], None]):
    port = random.randrange(20_000, 60_000)
    announcer(service(WEBREPL, f"lamp{port}", port, uid=UID))
    announcer(service(OURS, f"robot{port}", port + 1, uid=b"\xff\xfe"))
    announcer(service(CIRCUITPYTHON, f"cpy-{port}", port + 2))
    urls = f"ws://127.0.0.1:{port}", f"ws://127.0.0.1:{port + 1}", f"http://127.0.0.1:{port + 2}"
    lamp, robot, circuitpython = hear(*urls)
    assert lamp == Advert(urls[0], UID)
    assert robot == Advert(urls[1])
    assert "connect the board by USB" in circuitpython.problem


def test_listening_ends_by_itself_and_leaves_no_thread():
    before = set(threading.enumerate())
    begin = time.monotonic()
    listen(0.3, lambda advert: None, interfaces=LOOPBACK)
    assert time.monotonic() - begin >= 0.3
    assert set(threading.enumerate()) <= before


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning"
)  # zeroconf's own: its socket stays open when this fails
def test_interfaces_that_cannot_be_used_are_a_note():
    note = listen(LONG, lambda advert: None, interfaces=["192.0.2.1"])
    assert note.startswith("cannot listen for boards that announce themselves by mDNS (")
    gc.collect()


@each(
    ("addresses", "url"),
    [
        (["10.0.0.5"], "ws://10.0.0.5:8266"),
        (["fd00::1", "10.0.0.5"], "ws://10.0.0.5:8266"),
        (["fd00::1"], "ws://[fd00::1]:8266"),
        (["fe80::1"], None),
        (["224.0.0.251", "0.0.0.0"], None),
    ],
)
def test_the_address_is_one_that_can_be_used(addresses: list[str], url: str | None):
    advert = advert_of(WEBREPL, service(WEBREPL, "x", 8266, *addresses))
    assert (advert.url if advert else None) == url


def test_a_service_without_a_port_is_none():
    assert advert_of(WEBREPL, service(WEBREPL, "x", 0)) is None


@each("uid", [b"", b"lamp", b"\x00" * 20, b"0" * 200])
def test_a_uid_that_makes_no_sense_is_unknown(uid: bytes):
    assert advert_of(WEBREPL, service(WEBREPL, "x", 8266, uid=uid)).uid == ""


def test_a_service_that_does_not_answer_is_left_out():
    adverts: list[Advert] = []
    with_nobody = Zeroconf(interfaces=LOOPBACK)
    try:
        assert mdns._resolve(with_nobody, WEBREPL, f"nobody.{WEBREPL}", 0.2) == []
        assert mdns._resolve(with_nobody, WEBREPL, "not its kind", 0.2) == []
    finally:
        with_nobody.close()
    assert adverts == []
