"""Names of packages: from memory, and nobody waits for a network."""

import threading
import time

import pytest

from iot_kernel.packages import package_names
from iot_kernel.packages.package_names import PackageNames
from iot_kernel.packages.sources import Web
from tests.packages.web_server import status

DEADLINE = 20.0  # s; generous
LISTING = "/pi/v2/index.json"


@pytest.fixture
def index(server):
    for name in ("umqtt.simple", "logging"):
        server.publish(name, {f"{name}.py": ""}, kinds=("py",))
    return Web(server.index)


@pytest.fixture
def patient(monkeypatch):
    monkeypatch.setattr(package_names, "PATIENCE", DEADLINE)


def eventually(condition):
    end = time.monotonic() + DEADLINE
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_they_are_fetched_once(server, index, patient):
    told = {}
    names = PackageNames(told)
    assert names.of(index) == ("logging", "umqtt.simple")
    assert names.of(index) == ("logging", "umqtt.simple")
    assert told == {index.url: ("logging", "umqtt.simple")}
    assert server.asked == [LISTING]


def test_old_ones_are_told_while_new_ones_are_fetched(server, index, patient, monkeypatch):
    names = PackageNames()
    names.of(index)
    monkeypatch.setattr(package_names, "FRESH", 0.0)
    again = PackageNames()
    again.of(index)
    server.publish("aioble", {"aioble.py": ""}, kinds=("py",))
    may_answer = threading.Event()

    def answer(handler):
        may_answer.wait(DEADLINE)
        status(200, server.files[LISTING])(handler)

    server.answers[LISTING] = answer
    assert again.of(index) == ("logging", "umqtt.simple")
    may_answer.set()
    assert eventually(lambda: "aioble" in again.of(index))


def test_nobody_waits_for_a_silent_server(server, index, monkeypatch):
    monkeypatch.setattr(package_names, "PATIENCE", 0.01)
    server.answers[LISTING] = server.hang
    names = PackageNames()
    told = []
    asking = threading.Thread(target=lambda: told.append(names.of(index)))
    asking.start()
    asking.join(DEADLINE)
    assert told == [()]
    assert server.wait_for(LISTING)
    assert names.of(index) == ()
    assert server.asked == [LISTING]


def test_after_a_failure_it_is_not_asked_at_each_letter(server, index, patient, monkeypatch):
    server.answers[LISTING] = status(500)
    names = PackageNames()
    assert names.of(index) == ()
    assert names.of(index) == ()
    assert server.asked == [LISTING]
    monkeypatch.setattr(package_names, "RETRY", 0.0)
    again = PackageNames()
    again.of(index)
    del server.answers[LISTING]
    assert eventually(lambda: again.of(index) == ("logging", "umqtt.simple"))


def test_what_is_no_list(server, patient):
    server.files[LISTING] = b"<html>"
    assert PackageNames().of(Web(server.index)) == ()
