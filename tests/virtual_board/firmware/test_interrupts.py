"""Ctrl-C: it comes back from everything, keeps the variables, and damages nothing."""

import random

import pytest
from hypothesis import settings

pytestmark = pytest.mark.board

#: Ctrl-C
TIMES = 4000 if settings.default.max_examples > 1000 else 100


def start(raw, code):
    raw.say(code.encode() + b"\x04")
    raw.expect(b"OK")


def interrupted(raw):
    heard = raw.hear(b"\x04>")
    assert heard.endswith(b"KeyboardInterrupt: \r\n\x04>"), heard
    return heard


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time\ntime.sleep(1000)",
        "import time\nwhile True: time.sleep_ms(1)",
        "import sys\nsys.stdin.read(1)",
        "import sys\nsys.stdin.buffer.readinto(bytearray(10))",
        "input()",
        (
            "import socket\ns = socket.socket()\ns.bind(socket.getaddrinfo('127.0.0.1', 0)[0][-1])\n"
            "s.listen(1)\ns.accept()"
        ),
        "import select, sys\np = select.poll()\np.register(sys.stdin, 1)\np.poll()",
        "import asyncio\nasync def f(): await asyncio.sleep(1000)\nasyncio.run(f())",
        "while True: [i for i in range(100)]",
    ],
)
def test_whatever_runs(raw, code):
    raw.run("kept = 5")
    for _ in range(5):
        start(raw, code)
        raw.say(b"\x03")
        interrupted(raw)
    assert raw.run("print(kept)") == b"5\r\n"


def test_many_in_the_middle_of_anything(raw):
    """The garbage collector included, which MicroPython's own signal handler would leave locked."""
    pause = random.Random(1)
    programs = [
        "while True: x = [i for i in range(100)]",
        "while True:\n d = {}\n for k in range(1000): d[k] = str(k)",
        "class A: pass\nwhile True:\n a = A()\n a.x = 'y' + str(1)",
        "while True: pass",
    ]
    for number in range(TIMES):
        start(raw, f"import time\ntime.sleep_us({pause.randrange(3000)})\nprint()\n{programs[number % 4]}")
        raw.hear(b"\n")
        raw.say(b"\x03")
        interrupted(raw)
    assert raw.run("import gc\ngc.collect()\nprint('well')") == b"well\r\n"


def test_a_burst_ends_what_one_ends(raw):
    start(raw, "while True: pass")
    raw.say(b"\x03\x03\x03")
    interrupted(raw)
    assert raw.run("print(1)") == b"1\r\n"


def test_what_was_typed_before_is_dropped_and_what_follows_is_not(raw):
    start(raw, "while True: pass")
    raw.say(b"dropped" * 1000 + b"\x03print('kept')\x04")
    interrupted(raw)
    raw.expect(b"OKkept\r\n\x04\x04>")


def test_finally_runs_and_an_interrupt_can_be_caught(raw):
    start(
        raw,
        "try:\n print('go')\n while True: pass\n"
        "except KeyboardInterrupt: print('caught')\nfinally: print('finally')",
    )
    raw.expect(b"go\r\n")
    raw.say(b"\x03")
    raw.expect(b"caught\r\nfinally\r\n\x04\x04>")


def test_each_of_several_has_its_own_traceback(raw):
    start(
        raw,
        "import sys\nfor _ in range(3):\n"
        " try:\n  print('go')\n  while True: pass\n"
        " except KeyboardInterrupt as error: sys.print_exception(error)",
    )
    for _ in range(3):
        raw.hear(b"go\r\n")
        raw.say(b"\x03")
        assert raw.hear(b"KeyboardInterrupt: \r\n").count(b"File") == 1
    raw.expect(b"\x04\x04>")


def test_friendly_prompt(dialogue):
    dialogue.hear(b">>> ")
    dialogue.ask(b"while True: print('go')\r\r", b"\ngo")
    dialogue.say(b"\x03")
    assert b"KeyboardInterrupt" in dialogue.hear(b">>> ")


def test_boot_and_main_can_be_interrupted(switch_on, unix):
    unix.directory.mkdir()
    (unix.directory / "main.py").write_text("print('main')\nwhile True: pass\n")
    board = switch_on()
    board.hear(b"main\r\n")
    board.say(b"\x03")
    assert b'File "main.py", line 2' in board.hear(b">>> ")


def test_switched_off_it_is_input(raw):
    start(
        raw, "import micropython, sys\nmicropython.kbd_intr(-1)\nprint('go')\nprint(sys.stdin.buffer.read(3))"
    )
    raw.expect(b"go\r\n")
    raw.say(b"a\x03b")
    raw.expect(b"b'a\\x03b'\r\n\x04\x04>")
    start(raw, "while True: pass")  # on again by itself
    raw.say(b"\x03")
    interrupted(raw)


def test_another_character(raw):
    start(raw, "import micropython\nmicropython.kbd_intr(ord('x'))\nprint('go')\nwhile True: pass")
    raw.expect(b"go\r\n")
    raw.say(b"\x03x")
    interrupted(raw)


def test_64_kilobytes_of_anything_there_and_back(raw):
    data = random.Random(2).randbytes(65536)
    start(
        raw,
        "import micropython, sys\nmicropython.kbd_intr(-1)\nprint('go')\n"
        "data = sys.stdin.buffer.read(65536)\nsys.stdout.buffer.write(data)",
    )
    raw.expect(b"go\r\n")
    raw.say(data)
    raw.expect(data + b"\x04\x04>")


def test_threads_go_on(raw):
    raw.run(
        "import _thread, time\nticks = 0\ndef count():\n global ticks\n"
        " while True:\n  ticks += 1\n  time.sleep_ms(1)\n_thread.start_new_thread(count, ())"
    )
    start(raw, "while True: pass")
    raw.say(b"\x03")
    interrupted(raw)
    assert raw.run("before = ticks\ntime.sleep_ms(50)\nprint(ticks > before)") == b"True\r\n"


def test_while_threads_begin(raw):
    """A thread that has just begun has no state yet, in which MicroPython could handle a signal."""
    raw.run("import _thread, time\ndef work(): pass")
    for _ in range(TIMES):
        start(raw, "while True:\n _thread.start_new_thread(work, ())\n time.sleep_ms(1)")
        raw.say(b"\x03")
        interrupted(raw)
