"""Greetings are found in any cutting, each of them once."""

from iot_kernel.protocol.greeting import GreetingWatch
from iot_kernel.protocol.marks import LONGEST_GREETING
from tests.each import each

MICROPYTHON = b"MicroPython v1.25.0 on 2025-04-15; Raspberry Pi Pico with RP2040\r\n"
TITLE = b"\x1b]0;\xf0\x9f\x90\x8dcode.py | 9.2.9\x1b\\"


@each("greeting", [MICROPYTHON, b"soft reboot\r\n", TITLE, b"ESP-ROM:esp32c3", b"rst:0x1 (POWERON)"])
@each("size", [1, 7, 1000])
def test_found_once(greeting, size):
    watch = GreetingWatch()
    text = b"spam and eggs " * 10 + greeting
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert sum(map(watch.finds, pieces)) == 1


def test_the_next_one_is_found_too():
    watch = GreetingWatch()
    assert [watch.finds(b"soft reboot\n") for _ in range(3)] == [True] * 3


def test_what_is_no_greeting():
    watch = GreetingWatch()
    assert not any(map(watch.finds, [b"MicroPython is fun\r\n", b"reboot\n", b"x" * 1000]))


def test_a_beginning_is_not_kept_for_ever():
    watch = GreetingWatch()
    assert not watch.finds(b"MicroPython v1" + b"." * LONGEST_GREETING)
    assert not watch.finds(b" on a board")
