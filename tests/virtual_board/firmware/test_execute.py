"""What is left of a program when it has ended."""

import pytest

from iot_kernel.errors import DeviceError

pytestmark = pytest.mark.board

LOCK = "import micropython\nmicropython.heap_lock()"


def test_a_locked_heap_is_unlocked_at_the_end(cell):
    assert cell(f"kept = 5\n{LOCK}\n{LOCK}") == ("", None)
    assert cell("kept + 1, [kept]") == ("", "(6, [5])")


def test_an_error_under_a_locked_heap_is_reported(device, cell):
    with pytest.raises(DeviceError, match="ZeroDivisionError"):
        device.run_cell(f"{LOCK}\n1/0", print)
    with pytest.raises(DeviceError, match="MemoryError"):
        device.run_cell(f"{LOCK}\n[1, 2, 3]", print)
    assert cell("[1]") == ("", "[1]")


def test_a_heap_that_is_not_locked_stays_so(cell):
    cell("pass")
    assert cell("import micropython\nmicropython.heap_lock()\nmicropython.heap_unlock()") == ("", "0")


def test_an_interrupt_under_a_locked_heap(raw):
    raw.say(f"print('go')\n{LOCK}\nwhile True: pass\x04".encode())
    raw.expect(b"OKgo\r\n")
    raw.say(b"\x03")
    assert b"KeyboardInterrupt" in raw.hear(b"\x04>")
    assert raw.run("print([1])") == b"[1]\r\n"


def test_the_friendly_prompt_too(dialogue):
    dialogue.hear(b">>> ")
    dialogue.ask(b"import micropython\r", b">>> ")
    dialogue.ask(b"micropython.heap_lock()\r", b">>> ")
    dialogue.say(b"[1]\r")
    dialogue.expect(b"[1]\r\n[1]\r\n>>> ")
