"""Brokers for tests: mosquitto, and amqtt, which knows nothing but MQTT 3.1.1; each a process of its own."""

from __future__ import annotations

import getpass
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.free_ports import free_port
from tools import services

TIMEOUT = 20.0  # s; either is there within one, unless the machine stands still

AMQTT_PROGRAM = """
import asyncio, logging, sys
from amqtt.broker import Broker
logging.disable(logging.ERROR)
async def main(port):
    plugins = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    listeners = {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}}
    broker = Broker({"listeners": listeners, "plugins": plugins})
    await broker.start()
    await asyncio.Event().wait()
asyncio.run(main(int(sys.argv[1])))
"""


class MqttBroker:
    """One broker at a port of its own, which may be killed and started again.

    Args:
        kind: ``mosquitto`` or ``amqtt``.
        directory: for its files.
        lines: more of mosquitto's configuration.
    """

    def __init__(self, kind: str, directory: Path, *lines: str, host: str = "127.0.0.1") -> None:
        self.kind = kind
        self.port = free_port()
        self.scheme = "mqtt"
        self.host = host
        self.directory = directory
        self._lines = lines or ("allow_anonymous true",)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/test"

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._words(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._environment(),
        )
        end = time.monotonic() + TIMEOUT
        while True:
            assert self._process.poll() is None, f"{self.kind} has ended"
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT).close()
            except OSError:
                assert time.monotonic() < end, f"{self.kind} does not listen"
                time.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        """Ends it at once: it keeps nothing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Has it stand still: it takes connections, and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Has it go on."""
        self._process.send_signal(signal.SIGCONT)

    def _words(self) -> list[str]:
        if self.kind == "amqtt":
            return [sys.executable, "-c", AMQTT_PROGRAM, str(self.port)]
        file = self.directory / f"{self.port}.conf"
        user = f"user {getpass.getuser()}"  # else root's becomes nobody's, who may read no file of the test
        lines = [user, "persistence false", f"listener {self.port} 127.0.0.1", *self._lines]
        file.write_text("".join(f"{line}\n" for line in lines))
        return [*services.mosquitto()["mosquitto"], "-c", str(file)]

    def _environment(self) -> dict[str, str]:
        path = {"PYTHONPATH": str(services.amqtt())} if self.kind == "amqtt" else {}
        return {**os.environ, **path}


@contextmanager
def running(kind: str, directory: Path, *lines: str):
    broker = MqttBroker(kind, directory, *lines)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


@pytest.fixture
def quick_brokers(monkeypatch):
    """Both sides come back sooner after a restart of a broker than users' do, at the same rate."""
    from iot_kernel.pipes import publisher
    from ukernel.pipes.mqtt import link

    monkeypatch.setattr(link, "RETRY_INTERVAL", 0.25)
    monkeypatch.setattr(publisher, "SETTLE", 0.75)


@pytest.fixture(scope="module", params=["mosquitto", "amqtt"])
def broker(request, tmp_path_factory):
    """An MQTT broker; the tests of a module share it."""
    with running(request.param, tmp_path_factory.mktemp("broker")) as started:
        yield started


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory):
    """A broker of MQTT 5."""
    with running("mosquitto", tmp_path_factory.mktemp("mosquitto")) as started:
        yield started
