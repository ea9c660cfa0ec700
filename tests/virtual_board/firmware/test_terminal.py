"""Bytes that are no text: they arrive as they are, and in one piece, whatever threads print."""

import pytest

pytestmark = pytest.mark.board

FLOOD = (
    "import _thread, sys\ndone = []\n"
    "def tell(write, *what):\n for i in range(1000): write(*what)\n done.append(1)\n"
)


@pytest.mark.parametrize("size", [1, 500, 5000])
def test_text_of_a_thread_stands_between_them(raw, size):
    frame = b"\xfe" + (bytes(range(256)) * 200)[:size] + b"\n\xfd"
    raw.run(FLOOD)
    raw.say(
        f"frame = {frame!r}\n_thread.start_new_thread(tell, (print, 'a', 'b', 'c'))\n"
        "tell(sys.stdout.buffer.write, frame)\nwhile len(done) < 2: pass\nprint('end')\x04".encode()
    )
    heard = raw.hear(b"end\r\n")
    assert heard.count(frame) == 1000
    text = heard.replace(frame, b"")
    assert text == b"OK" + b"a b c\r\n" * 1000 + b"end\r\n"


@pytest.mark.parametrize("size", [100, 10_000])
def test_those_of_two_threads_do_not_mix(raw, size):
    raw.run(FLOOD)
    raw.say(
        f"one, two = b'\\n' * {size}, b'2' * {size}\n"
        "_thread.start_new_thread(tell, (sys.stdout.buffer.write, one))\n"
        "tell(sys.stdout.buffer.write, two)\nwhile len(done) < 2: pass\nprint('end')\x04".encode()
    )
    heard = raw.hear(b"end\r\n").removeprefix(b"OK").removesuffix(b"end\r\n")
    pieces = [heard[at : at + size] for at in range(0, len(heard), size)]
    assert sorted(pieces) == [b"\n" * size] * 1000 + [b"2" * size] * 1000


def test_a_write_that_is_interrupted_holds_no_text_up(raw):
    raw.say(b"import sys\ndata = bytes(100000)\nprint('go')\nwhile True: sys.stdout.buffer.write(data)\x04")
    raw.hear(b"go\r\n")
    raw.hear(bytes(100_000))
    raw.say(b"\x03")
    assert b"KeyboardInterrupt" in raw.hear(b"\x04>")
    assert raw.run("print('text')") == b"text\r\n"
