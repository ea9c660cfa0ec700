"""Text and other bytes of a virtual board."""

import contextlib
import os
import socket
import threading

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.virtual_board.output import OutputPipe, OutputRecords
from tests.each import each

MARK = b"\xffabc"
MORE = 0x8000

PARTS = st.lists(
    st.tuples(st.booleans(), st.binary(max_size=20) | st.sampled_from([b"\n", b"\xff", MARK[:3], b"\r\n"])),
    max_size=12,
)


def record(data, more=0):
    return MARK + (len(data) | more).to_bytes(2, "little") + data


@given(PARTS, st.lists(st.integers(1, 30), max_size=20))
def test_any_cutting_gives_the_same(parts, sizes):
    output = OutputRecords(MARK)
    written = b"".join(text if is_text else record(text) for is_text, text in parts) + b"."
    sent = b"".join(text.replace(b"\n", b"\r\n") if is_text else text for is_text, text in parts) + b"."
    heard = b""
    for size in sizes:
        heard += output.feed(written[:size])
        written = written[size:]
    assert heard + output.feed(written) == sent


def test_what_begins_like_a_mark_waits_for_no_more_than_the_next_byte():
    output = OutputRecords(MARK)
    assert output.feed(b"a\xff") == b"a"
    assert output.feed(b"\n") == b"\xff\r\n"


def test_a_record_may_hold_a_mark():
    assert OutputRecords(MARK).feed(record(MARK + b"\n") + b"\n") == MARK + b"\n\r\n"


@each("cut", range(1, 40))
def test_text_that_comes_into_a_long_write_waits_for_its_end(cut):
    output = OutputRecords(MARK)
    written = record(b"a\n", MORE) + b"x\n" + record(b"b\n", MORE) + b"y" + record(b"") + b"z\n"
    assert output.feed(written[:cut]) + output.feed(written[cut:]) == b"a\nb\nx\r\nyz\r\n"


class Piped:
    """An `OutputPipe` as a board has it."""

    def __init__(self):
        self.link, self.boards_link = socket.socketpair()
        self.pipe = OutputPipe(self.link, is_slow=True)

    def die(self):
        self.boards_link.close()
        os.close(self.pipe.boards)


def test_ends_with_the_interpreter_and_not_before_its_last_words():
    board = Piped()
    with board.link:
        os.write(board.pipe.boards, b"last\n")
        board.die()
        assert [board.pipe.read(), board.pipe.read()] == [b"last\r\n", b""]
        board.pipe.close()
        board.pipe.close()
        assert board.pipe.read() == b""


def test_a_reader_is_woken_though_somebody_holds_the_pipe():
    board = Piped()
    heard = []
    reader = threading.Thread(target=lambda: heard.append(board.pipe.read()))
    reader.start()
    with board.link, contextlib.closing(board.boards_link):
        board.link.shutdown(socket.SHUT_RDWR)
        board.pipe.close()
        reader.join()
    os.close(board.pipe.boards)
    assert heard == [b""]
