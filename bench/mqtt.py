"""How pipes do by way of an MQTT broker: mosquitto, on this machine, with publishers and readers beside it.

Run ``python -m bench.mqtt``. The boards are hubs that get the frames of boards, as a kernel's hub does; what
boards and their links cost is the subject of `pipes` and `frames`. The readers are a process of their own.

They are held against bare clients of the same library, paho, with the same guarantee: for samples, a message
for each, as a program without batches would do it; for blocks, the limit: payloads as large as batches, of
which nobody makes messages.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.bare_mqtt import Bare
from bench.processes import process
from bench.rows import Pair, Row, at_least, in_turns, tell
from iot_kernel.pipes.hub import Hub
from iot_kernel.pipes.published import BATCH_SIZE
from iot_kernel.pipes.publisher import Publisher
from iot_kernel.protocol.frames import Frame
from tools import services
from ukernel.pipes.mqtt.address import BrokerAddress

BOARDS = 20
RATE = 1000  # samples a second of each board
SECONDS = 20
TURNS = 5
SAMPLE, SAMPLES = 4, 100_000  # bytes of one, and how many
BLOCK, BLOCKS = 4096, 20_000
BARE_SHARE = 10  # of the samples: a message each takes long
MOST_WAITING = 2 * 2**20  # bytes, a quarter of what a publisher keeps
START_TIMEOUT = 10.0  # s until the broker listens

#: Reads pipes to their ends, and prints how many messages came and were lost, and how long it took.
READER = """
    import json, sys, threading, time
    from ukernel.pipes import subscribe
    boards, broker = int(sys.argv[1]), sys.argv[2]
    pipes = [subscribe("b%d:adc" % number, broker=broker) for number in range(boards)]
    counts, begins, ends = [0] * boards, [0.0] * boards, [0.0] * boards
    def read(number):
        for data in pipes[number]:
            begins[number] = begins[number] or time.monotonic()
            counts[number] += 1
        ends[number] = time.monotonic()
    threads = [threading.Thread(target=read, args=(number,)) for number in range(boards)]
    for thread in threads:
        thread.start()
    print("subscribed", flush=True)
    for thread in threads:
        thread.join()
    print(json.dumps({
        "count": sum(counts), "lost": sum(pipe.lost for pipe in pipes), "seconds": max(ends) - min(begins),
        "processor": time.process_time(),
    }))
"""


class Board:
    """What a board sends, and its publisher."""

    def __init__(self, name: str, address: BrokerAddress) -> None:
        self._hub = Hub()
        self._sequence = 0
        self.publisher = Publisher(self._hub, name, address)
        self.publisher.pipes.publish("adc")
        self.publisher.start()
        self._hub.take(Frame(1, 0, b"o\x10\x01\x00adc"))

    def write(self, data: bytes) -> None:
        """Takes a message of the board."""
        self._hub.take(Frame(16, self._sequence, data))
        self._sequence = (self._sequence + 1) % 256

    @property
    def waiting(self) -> int:
        """Bytes that the broker has not confirmed, or that are not packed yet."""
        return self.publisher.publications()[0].waiting + self.publisher.pipes.queued

    def close(self) -> None:
        """Ends the pipe."""
        while self.waiting:
            time.sleep(0.01)
        self.publisher.close()


@contextlib.contextmanager
def mosquitto() -> Iterator[BrokerAddress]:
    """A broker that keeps what waits for a slow reader."""
    with tempfile.TemporaryDirectory() as directory:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        file = Path(directory) / "conf"
        file.write_text(
            f"user {getpass.getuser()}\nlistener {port} 127.0.0.1\nallow_anonymous true\n"
            "max_queued_messages 0\n"
        )
        words = [*services.mosquitto()["mosquitto"], "-c", str(file)]
        with subprocess.Popen(words, stderr=subprocess.DEVNULL) as broker:
            try:
                _await(port)
                yield BrokerAddress("mqtt", "127.0.0.1", port, "bench")
            finally:
                broker.kill()


def _await(port: int) -> None:
    end = time.monotonic() + START_TIMEOUT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < end, "mosquitto does not listen"
            time.sleep(0.05)
        else:
            return


def measure() -> Iterator[Row]:
    """Measures everything; about a minute."""
    with mosquitto() as address:
        yield _many(address)
        yield _throughput(address, SAMPLE, SAMPLE, SAMPLES, least=2)
        yield _throughput(address, BLOCK, BATCH_SIZE, BLOCKS, least=0.08)


def _many(address: BrokerAddress) -> Row:
    """Many boards at once, none of which may lose anything."""
    boards = [Board(f"b{number}", address) for number in range(BOARDS)]
    with process(READER, str(BOARDS), str(address)) as reader:
        before, begin = time.process_time(), time.monotonic()
        for tick in range(SECONDS * 100):
            for board in boards:
                for _ in range(RATE // 100):
                    board.write(b"1234")
            time.sleep(max(0.0, begin + (tick + 1) / 100 - time.monotonic()))
        for board in boards:
            board.close()
        ours, seconds = time.process_time() - before, time.monotonic() - begin
        assert reader.stdout is not None
        found = json.loads(reader.stdout.read())
    wanted = BOARDS * RATE * SECONDS
    missing = wanted - found["count"]
    beside = (
        f"of {wanted}; processor: publishers {ours / seconds:.0%}, readers {found['processor'] / seconds:.0%}"
    )
    good = missing == 0 and found["lost"] == 0
    return Row(
        f"{BOARDS} boards at {RATE} Hz, 4-byte samples", f"{missing:9} lost", beside, good, "none lost"
    )


def _throughput(address: BrokerAddress, size: int, piece: int, count: int, least: float) -> Row:
    data, bare = bytes(size), Bare(address, count * size // (BARE_SHARE if piece == SAMPLE else 1), piece)

    def ours() -> float:
        board = Board("b0", address)
        with process(READER, "1", str(address)) as reader:
            for number in range(count):
                board.write(data)
                if not number % 1000:
                    while board.waiting > MOST_WAITING:
                        time.sleep(0.001)
            board.close()
            assert reader.stdout is not None
            found = json.loads(reader.stdout.read())
        assert (found["count"], found["lost"]) == (count, 0), found
        return count * size / float(found["seconds"])

    pair = in_turns(ours, bare.rate, TURNS)
    if size == SAMPLE:
        samples = Pair(*(tuple(rate / size for rate in rates) for rates in (pair.ours, pair.limits)))
        what = "4-byte samples, one board, as fast as it goes"
        return at_least(what, samples, "samples/s", least, of="a bare message each")
    megabytes = Pair(*(tuple(rate / 1e6 for rate in rates) for rates in (pair.ours, pair.limits)))
    what = "4 KiB messages, one board, as fast as it goes"
    return at_least(what, megabytes, "MB/s", least, of="bare batches", digits=1)


def main() -> None:
    """Prints the rows."""
    tell(measure())


if __name__ == "__main__":
    main()
