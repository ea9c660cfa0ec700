"""Displays from frames: whole, byte by byte, cut at random, with frames torn, and too long."""

import random

import pytest

from iot_kernel.displays.channel import DISPLAY_CHANNEL, LOST, STRANGE, DisplayChannel
from iot_kernel.displays.message import LONGEST_CONTENT, LONGEST_DISPLAY, BoardDisplay, DisplayKind, parse
from iot_kernel.protocol.frames import LONGEST_PIECE, Damaged, Demultiplexer, Frame, encode
from tests.displays.test_message import item
from tests.each import each

MESSAGES = (
    b"d\0" + item(b"t", b"text/plain", b"first"),
    b"d\x01a" + item(b"b", b"image/png", random.Random(1).randbytes(3 * LONGEST_PIECE)),
    b"u\x01a" + item(b"t", b"text/html", b"<b>\x01\x04>\xfd\xfe</b>"),
    b"w\0",
)


class Notebook(DisplayChannel):
    """Notes what is shown."""

    def __init__(self):
        super().__init__()
        self.shown, self.notes = [], []
        self.on_display, self.on_note = self.shown.append, self.notes.append

    def take_all(self, frames):
        for frame in frames:
            self.take(frame)
        return self


def frames_of(messages, start=0, size=LONGEST_PIECE):
    frames = []
    for message in messages:
        parts = [message[at : at + size] for at in range(0, len(message), size)]
        for index, part in enumerate(parts):
            number = (start + len(frames)) % 256
            more, continues = index < len(parts) - 1, index > 0
            frames.append(Frame(DISPLAY_CHANNEL, number, part, more=more, continues=continues))
    return frames


def demultiplexed(data, cuts):
    demultiplexer, found = Demultiplexer(), []
    for start, end in zip((0, *cuts), (*cuts, len(data)), strict=True):
        found += demultiplexer.feed(data[start:end])
    return [each for each in found if isinstance(each, Frame)], b"".join(
        each for each in found if isinstance(each, bytes)
    )


DATA = b"before " + b" between ".join(encode(frame) for frame in frames_of(MESSAGES)) + b" after"


@each(
    "cuts",
    [
        (),
        tuple(range(1, len(DATA))),
        *(tuple(sorted(random.Random(seed).sample(range(len(DATA)), 40))) for seed in range(20)),
    ],
)
def test_in_any_cutting(cuts):
    frames, text = demultiplexed(DATA, cuts)
    assert text == b"before " + b" between " * (len(frames) - 1) + b" after"
    notebook = Notebook().take_all(frames)
    assert notebook.shown == [parse(message) for message in MESSAGES]
    assert notebook.notes == []


def test_a_kernel_that_comes_late_begins_anywhere():
    late = frames_of(MESSAGES, start=200)[2:]
    notebook = Notebook().take_all(late)
    assert notebook.shown == [parse(message) for message in MESSAGES[2:]]
    assert notebook.notes == []


@each("missing", range(len(frames_of(MESSAGES)) - 1))
def test_what_is_torn_is_left_out_and_told_once(missing):
    frames = frames_of(MESSAGES)
    del frames[missing]
    notebook = Notebook().take_all([*frames, *frames_of(MESSAGES[:1], start=len(frames) + 1)])
    whole = [parse(message) for message in (*MESSAGES, MESSAGES[0])]
    assert len(notebook.shown) in (4, 5)
    assert all(each in whole for each in notebook.shown)
    is_part = missing in range(1, 5)  # of the long one; how many short ones are missing is only reckoned
    assert notebook.notes == [LOST] if is_part else notebook.notes in ([], [LOST])


def test_torn_bytes_on_the_wire():
    data = bytearray(b"".join(encode(frame) for frame in frames_of(MESSAGES)))
    data[len(data) // 2] ^= 1
    found = list(Demultiplexer().feed(bytes(data)))
    assert any(isinstance(each, Damaged) for each in found)
    notebook = Notebook().take_all([each for each in found if isinstance(each, Frame)])
    assert notebook.shown == [parse(MESSAGES[0]), *map(parse, MESSAGES[2:])]
    assert notebook.notes == [LOST]


def test_one_that_is_too_long_is_left_out():
    content = bytes(LONGEST_DISPLAY)
    notebook = Notebook().take_all(frames_of([b"d\0" + item(b"b", b"image/png", content), MESSAGES[0]]))
    assert notebook.shown == [parse(MESSAGES[0])]
    assert notebook.notes == [LOST]
    assert f"{LONGEST_CONTENT:,}" in LOST


def test_what_makes_no_sense_is_told_once_a_cell():
    notebook = Notebook().take_all(frames_of([b"?", b"", b"d", MESSAGES[0]]))
    assert (len(notebook.shown), notebook.notes) == (1, [STRANGE])
    notebook.begin()
    notebook.take_all(frames_of([b"?"], start=3))
    assert notebook.notes == [STRANGE] * 2


def test_what_belongs_to_a_value_waits_for_it():
    notebook = Notebook()
    value = b"v\0" + item(b"t", b"text/html", b"<b>")
    notebook.take_all(frames_of([value]))
    assert notebook.shown == []
    assert notebook.take_value() == parse(value)
    assert notebook.take_value() is None
    notebook.take_all(frames_of([value], start=1))
    notebook.begin()
    assert notebook.take_value() is None


@pytest.mark.parametrize("is_told", [True, False])
def test_a_board_that_was_reset_counts_anew(is_told):
    notebook = Notebook().take_all(frames_of(MESSAGES))
    if not is_told:
        notebook.reset()
    notebook.take_all(frames_of(MESSAGES[:1]))
    assert notebook.shown[-1] == parse(MESSAGES[0])
    assert notebook.notes == ([LOST] if is_told else [])


def test_clearing():
    notebook = Notebook().take_all(frames_of([b"c\0", b"w\0"]))
    assert notebook.shown == [BoardDisplay(DisplayKind.CLEAR), BoardDisplay(DisplayKind.CLEAR_LATER)]
