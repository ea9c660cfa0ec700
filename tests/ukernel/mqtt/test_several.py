"""Several boards whose pipes are published at one broker."""

import struct
import threading
import time

import numpy as np
import pytest

from tests.mqtt_bench import bench
from ukernel.pipes import collect


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch, tmp_path):
    monkeypatch.setenv("IOT_SECRETS", str(tmp_path / "secrets.py"))


def test_one_time_axis(mosquitto, quick_brokers):
    is_read = threading.Event()

    def feed(boards):
        start, number = time.monotonic(), 0
        while not is_read.wait(0.005):
            now = time.monotonic() - start
            for began, made in enumerate(boards):
                made.board.write("adc", struct.pack("<If", round((50 * began + now) * 1e6), number))
            number += 1

    with bench(mosquitto, "a") as one, bench(mosquitto, "b") as other:
        for made in (one, other):
            made.publisher.pipes.publish("adc")
            made.board.open("adc", stamps=True)
        feeder = threading.Thread(target=feed, args=([one, other],))
        feeder.start()
        try:
            found = collect(["a:adc", "b:adc"], n=20, timestamps=True, broker=mosquitto.url)
        finally:
            is_read.set()
            feeder.join()
    assert [timed.clock for timed in found.values()] == ["board", "board"]
    times = {value: at for timed in found.values() for at, value in zip(*timed, strict=True)}
    apart = [abs(times[value] - at) for at, value in zip(*found["a:adc"], strict=True)]
    assert np.median(apart) < 0.02
