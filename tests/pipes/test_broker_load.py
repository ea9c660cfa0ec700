"""Many boards at one broker, which is killed, started again or stands still meanwhile: nothing is lost.

With ``--hypothesis-profile torture`` it goes on for two minutes.
"""

import random
import struct
import threading
import time
from contextlib import ExitStack

import pytest
from hypothesis import settings

from tests.mqtt_bench import bench, wait_for
from ukernel.pipes import subscribe

BOARDS, RATE = 20, 1000  # samples of four bytes a second
TICKS = 100  # a second

#: s, and how often something happens to the broker
SECONDS, BLOWS = (120, 12) if settings.default.max_examples > 1000 else (2, 1)


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch, tmp_path):
    monkeypatch.setenv("IOT_SECRETS", str(tmp_path / "secrets.py"))


class Reader(threading.Thread):
    """Reads a pipe to its end."""

    def __init__(self, pipe):
        super().__init__()
        self.pipe = pipe
        self.numbers = []

    def run(self):
        self.numbers.extend(struct.unpack("<I", data)[0] for data in self.pipe)


def blow(broker):
    """Restarts the broker, which has forgotten everything then, or lets it stand still for a moment."""
    if random.random() < 0.7:
        broker.kill()
        time.sleep(random.uniform(0, 1))
        broker.start()
    else:
        broker.freeze()
        time.sleep(random.uniform(0, 1))
        broker.thaw()


def produce(boards):
    """Each board counts."""
    begin = time.monotonic()
    for tick in range(SECONDS * TICKS):
        for made in boards:
            for number in range(RATE // TICKS):
                made.board.write("adc", struct.pack("<I", tick * (RATE // TICKS) + number))
        time.sleep(max(0.0, begin + (tick + 1) / TICKS - time.monotonic()))


def test_many_boards_and_a_broker_that_fails(mosquitto):
    with ExitStack() as stack:
        boards = [stack.enter_context(bench(mosquitto, f"board {number}")) for number in range(BOARDS)]
        for made in boards:
            made.publisher.pipes.publish("adc")
            made.board.open("adc")
        names = [f"board {number}:adc" for number in range(BOARDS)]
        pipes = [stack.enter_context(subscribe(name, broker=mosquitto.url)) for name in names]
        readers = [Reader(pipe) for pipe in pipes]
        producer = threading.Thread(target=produce, args=(boards,))
        for thread in (*readers, producer):
            thread.start()
        for _ in range(BLOWS):
            time.sleep(SECONDS / (2 * BLOWS))
            blow(mosquitto)
        producer.join()
        wait_for(lambda: not any(made.publisher.publications()[0].waiting for made in boards))
        for made in boards:
            made.board.close("adc")
        for reader in readers:
            reader.join()
            assert reader.numbers == [*range(SECONDS * RATE)]
            assert reader.pipe.lost == 0
        assert [made.publisher.publications()[0].lost for made in boards] == [0] * BOARDS
