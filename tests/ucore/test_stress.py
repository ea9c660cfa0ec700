"""Threads that produce beside everything else: nothing hangs, nothing wrong arrives, what is lost is counted.

The unix port has no global lock around its interpreter, so threads really come between each other. With
``--hypothesis-profile torture`` it goes on for minutes.
"""

from __future__ import annotations

import binascii
import random
import struct
import threading
import time

import pytest
from hypothesis import settings

from iot_kernel import ucore
from iot_kernel.errors import DeviceError

pytestmark = pytest.mark.board

#: s, and Ctrl-C
SECONDS, INTERRUPTS = (300, 2000) if settings.default.max_examples > 1000 else (3, 30)

SIZES = (0, 1, 4, 60, 300, 5000)  # bytes behind the head, in turns; the last one takes two pieces
HEAD = struct.Struct("<II")  # number of the message, CRC-32 of what follows

PRODUCERS = """
import time, struct, binascii, _thread, ucore

filler = bytes(range(256)) * 20
sent = {}
running = 0

def produce(name, pause):
    global running
    pipe = ucore.open_pipe(name)
    number = 0
    while ucore.is_pipe_open(name):
        size = SIZES[number % len(SIZES)]
        body = filler[number % 7 : number % 7 + size]
        if pipe.write(struct.pack("<II", number, binascii.crc32(body)) + body):
            number += 1
            sent[name] = number
        time.sleep_us(pause)
    running -= 1

for name, pause in (("one", 700), ("two", 1100)):
    running += 1
    _thread.start_new_thread(produce, (name, pause))
    time.sleep_ms(50)  # each takes its name before the next one is chosen
"""

PRINTS = "for number in range(300): print(number, 'x' * (number % 90))\nnumber"
PRINTED = "".join(f"{number} {'x' * (number % 90)}\n" for number in range(300))
BIG = "data = " + repr("0123456789abcdef>\x01\x04" * 1500) + "\nlen(data)"


def check(name, messages, info, sent, sizes=SIZES):
    """Makes sure that all of the messages are right, in their order, and those that are not there counted."""
    numbers = []
    for message in messages:
        number, checksum = HEAD.unpack_from(message)
        assert len(message) == HEAD.size + sizes[number % len(sizes)]
        assert binascii.crc32(message[HEAD.size :]) == checksum
        numbers.append(number)
    assert numbers == sorted(set(numbers))
    assert len(numbers) + info.lost == sent, (name, len(numbers), info.lost, sent)


def test_two_producers_beside_cells_and_files(threads):
    threads.run(f"SIZES = {SIZES}\n{PRODUCERS}")
    files = threads.device.files
    content = random.Random(1).randbytes(50_000)
    end = time.monotonic() + SECONDS
    cells = 0
    while time.monotonic() < end:
        assert threads.run(PRINTS) == ("299", PRINTED)
        assert threads.run(f"{cells} * 2") == (repr(cells * 2), "")
        assert threads.run(BIG) == (repr(19 * 1500), "")
        with pytest.raises(DeviceError) as caught:
            threads.run(f"print('before')\nraise ValueError({cells})")
        assert (caught.value.ename, caught.value.evalue) == ("ValueError", str(cells))
        files.write("/content", content)
        assert files.read("/content") == content
        cells += 4
    assert cells >= 8
    counts = _stop(threads)
    for name in ("one", "two"):
        check(name, *counts[name])
    assert "".join(threads.stray) == ""
    assert threads.hub.damaged == 0


def _stop(reader):
    """Has the producers pause; what each pipe sent, and what arrived of it."""
    reader.run("is_open = ucore.is_pipe_open\nucore.is_pipe_open = lambda name: False")
    reader.run("import time\nwhile running: time.sleep_ms(5)")
    sent = eval(reader.run("sent")[0], {})
    found = {}
    for name in ("one", "two"):
        reader.run(f"ucore.open_pipe({name!r}).write(b'end')")
        reader.wait(lambda name=name: reader.messages[name][-1] == b"end")
        found[name] = (reader.messages[name][:-1], reader.hub.pipe(name), sent[name])
    return found


def test_ctrl_c_at_any_time(threads):
    """Ctrl-C comes in the middle of messages, opening and closing; all of it works afterwards."""
    rng = random.Random(2)
    threads.run("main = ucore.open_pipe('main')\nwritten = 0")
    codes = (
        "while True:\n main.write(b'%d' % written)\n written += 1",
        "big = bytes(20000)\nwhile True: main.write(big)",
        "while True:\n with ucore.open_pipe('short') as pipe: pipe.write(b'x')",
    )
    for count in range(INTERRUPTS):
        timer = threading.Timer(rng.uniform(0.001, 0.05), threads.device.interrupt)
        try:
            threads.run(codes[count % len(codes)], on_begin=timer.start)
        except DeviceError as error:
            assert error.ename == "KeyboardInterrupt", error
        timer.join()
        if count % 10 == 9:
            assert threads.run("6 * 7") == ("42", "")
            threads.forget()
    threads.run("ucore.close_pipe('short'); ucore.close_pipe('main')")
    threads.wait(lambda: [info.name for info in threads.hub.pipes()] == [])
    threads.run("last = [ucore.open_pipe('p%d' % number) for number in range(237)]")
    threads.wait(lambda: len(threads.hub.pipes()) == 237)


FLOOD = """
import _thread
def flood(name):
    pipe = ucore.open_pipe(name)
    while pipe.write(b"x"): pass
for name in ("one", "two"): _thread.start_new_thread(flood, (name,))
"""


def test_ctrl_c_beside_threads_that_write(threads):
    """Threads collect garbage all the time; the one that is interrupted may just wait for the others."""
    threads.run(FLOOD)
    for _ in range(2 * INTERRUPTS):
        timer = threading.Timer(0.01, threads.device.interrupt)
        with pytest.raises(DeviceError) as caught:
            threads.run("while True: pass", on_begin=timer.start)
        assert caught.value.ename == "KeyboardInterrupt"
        timer.join()
        threads.forget()
    assert len(threads.hub.pipes()) == 2
    threads.run("ucore.close_pipe('one'); ucore.close_pipe('two')")
    threads.wait(lambda: sorted(threads.ends) == ["one", "two"])


SMALL_WRITES = """
_all = sys.stdout.buffer.write


def _send(data):
    return _all(memoryview(data)[:64])
"""


def test_output_that_takes_little_at_once(threads, unix):
    """As on boards whose output takes 64 bytes at once: what other threads print comes into the frames.

    Messages of one piece are counted exactly; of longer ones, how many were lost is reckoned.
    """
    source = ucore.source("ucore")
    begin = source.index("_send = ")
    end = source.index("\n", begin)
    (unix.directory / "ucore.py").write_text(source[:begin] + SMALL_WRITES + source[end:])
    threads.run(f"SIZES = {SIZES[:-1]}\n{PRODUCERS}")
    end_at = time.monotonic() + SECONDS / 2
    while time.monotonic() < end_at or not threads.hub.damaged:
        value, printed = threads.run(PRINTS)
        assert value == "299"
        assert printed.count("x" * 89) >= 1
        with pytest.raises(DeviceError) as caught:
            threads.run("1/0")
        assert caught.value.ename == "ZeroDivisionError"
    counts = _stop(threads)
    for name in ("one", "two"):
        check(name, *counts[name], SIZES[:-1])
    assert any(info.lost for _, info, _ in counts.values())
