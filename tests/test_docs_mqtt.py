"""docs/reference/mqtt.md: its reader, its tables and its names are those of the program."""

import json
import re
import struct
import subprocess
import sys
from collections import deque
from pathlib import Path

import pytest

from tests.mqtt_bench import bench, wait_for
from tests.pipes.kernels import TIMEOUT
from tools import services
from ukernel.pipes.mqtt.batches import NumberedMessage, take_batch, write_end
from ukernel.pipes.mqtt.topics import BoardStatus, write_status

PAGE = (Path(__file__).parents[1] / "docs" / "reference" / "mqtt.md").read_text(encoding="utf-8")


def rows(heading):
    """(offset, bytes) of the rows of each table in a section."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    tables = re.findall(r"\| offset \| bytes \| what \|\n\|[-|]+\|\n((?:\|.*\n)+)", section)
    return [[tuple(line.split("|")[1:3]) for line in table.splitlines()] for table in tables]


def test_the_tables_are_what_is_sent():
    """Cut by hand along the tables."""
    head, record = rows("Batches")
    assert [(int(at), int(size)) for at, size in head] == [
        (0, 4), (4, 2), (6, 1), (7, 1), (8, 4), (12, 4), (16, 8), (24, 8),
    ]  # fmt: skip
    assert [at.strip() for at, _ in record] == ["0", "2", "4", "8", "12"]
    sent = deque([NumberedMessage(5, b"ab", 2.5, 9), NumberedMessage(8, b"c", 2.75, 10)])
    data = take_batch(7, 3, sent, 1000)
    numbers = [int.from_bytes(data[int(at) : int(at) + int(size)], "little") for at, size in head[1:7]]
    assert numbers == [2, 0, 0, 7, 3, 5]
    assert data[:4] == b"IOT\x01"
    assert struct.unpack("<d", data[24:32]) == (2.5,)
    first, second = data[32:46], data[46:]
    for part, expected in ((first, (2, 0, 0, 9, b"ab")), (second, (1, 2, 250_000, 10, b"c"))):
        fields = [
            int.from_bytes(part[at : at + size], "little") for at, size in ((0, 2), (2, 2), (4, 4), (8, 4))
        ]
        assert (*fields, part[12:]) == expected
    assert write_end(7, 3, 9)[6] == 1


def test_the_status_is_that_of_the_page():
    (told,) = re.findall(r"`(\{.*?\})`: `pipes`", PAGE.replace("\n", " "))
    status = BoardStatus(True, 1234567, ("adc",), "30:ae:a4:30:84:34")
    assert json.loads(told) == json.loads(write_status(status))


def lines_of(words, count):
    """The first lines that a program prints."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as started:
        try:
            for _ in range(count):
                yield started.stdout.readline().rstrip("\n")
        finally:
            started.kill()


@pytest.mark.parametrize("kind", ["paho", "mosquitto_sub"])
def test_others_read_it(kind, mosquitto):
    if kind == "paho":
        (program,) = re.findall(r"```python\n(import struct.*?)```", PAGE, re.DOTALL)
        program = program.replace('"lab/', '"test/').replace(
            'connect("broker")', f'connect("127.0.0.1", {mosquitto.port})'
        )
        words = [sys.executable, "-u", "-c", program]
    else:
        (line,) = re.findall(r"^mosquitto_sub (.*%x.*)$", PAGE, re.MULTILINE)
        shell = (
            line.replace("-h broker", f"-h 127.0.0.1 -p {mosquitto.port}")
            .replace("'", "")
            .replace("lab/", "test/")
        )
        split = re.findall(r"-F .*|\S+", shell)
        words = [*services.mosquitto()["mosquitto_sub"], *split[:-1], "-F", split[-1].removeprefix("-F ")]
    with bench(mosquitto, f"for {kind}") as made:
        made.publisher.pipes.publish("adc")
        made.board.open("adc")
        wait_for(lambda: made.publisher.publications()[0].state.startswith("connected"))
        heard = []

        def read():
            heard.extend(lines_of(words, 1))

        import threading

        reader = threading.Thread(target=read)
        reader.start()
        for _ in range(int(TIMEOUT * 50)):  # until it has subscribed, which nobody can see
            made.board.write("adc", struct.pack("<f", 1.5))
            reader.join(0.02)
            if not reader.is_alive():
                break
        reader.join()
    (line,) = heard
    topic = f"test/for {kind}/pipes/adc"
    assert line.startswith(topic)
    rest = line.removeprefix(topic).split()
    assert rest[-1] == "1.5" if kind == "paho" else rest[0].startswith("494f5401")
