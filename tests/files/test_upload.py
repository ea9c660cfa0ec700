"""The talk that sends files: credits, an early end, answers that make no sense."""

import struct

import pytest

from iot_kernel.files.blocks import FILLER, STOP, FileToSend
from iot_kernel.files.upload import AHEAD, BLOCKS_AT_ONCE, Upload
from iot_kernel.protocol.frames import Frame
from iot_kernel.protocol.marks import LONGEST_INPUT

UNIT = 256


def answer(taken, failed=0, placed=0, nonce=7, unit=UNIT, window=0):
    return Frame(0, taken & 0xFF, struct.pack("<BBHHHBB", nonce, failed, taken, placed, unit, window, 2))


def items(*sizes):
    return [FileToSend(f"/{index}", f"/{index}.t", bytes(size)) for index, size in enumerate(sizes)]


def begun(*sizes, burst=64, **more):
    upload = Upload(items(*sizes), 7, burst=burst, **more)
    assert upload.data_to_send() == b""
    upload.receive(answer(0))
    return upload


def blocks_in(data):
    """Counts whole blocks, and the bytes of one that is not whole."""
    count = 0
    while data != STOP and len(data) >= 4 and len(data) >= (size := 4 + int.from_bytes(data[1:3], "little")):
        count, data = count + 1, data[size:]
    if data == STOP:
        count, data = count + 1, b""
    return count, len(data)


def test_nothing_is_sent_to_a_program_that_is_not_ready():
    upload = Upload(items(1000), 7, burst=None)
    assert upload.data_to_send() == b""
    upload.receive(answer(0, nonce=8))
    upload.receive(Frame(0, 0, b"short"))
    upload.receive(answer(0, unit=60000))
    assert upload.data_to_send() == b""
    assert not upload.has_begun
    upload.receive(answer(0))
    assert upload.data_to_send()


@pytest.mark.parametrize("burst", [1, 64, 255])
def test_beyond_the_block_that_is_waited_for_goes_one_burst(burst):
    upload = begun(5000, burst=burst)
    sent = upload.data_to_send()
    answered = 0
    while True:
        whole, part = blocks_in(sent)
        if answered:
            assert whole - answered <= 1 + burst // 4
        if sent.endswith(STOP) and not part:
            break
        answered += 1
        upload.receive(answer(answered))
        more = upload.data_to_send()
        assert len(more) <= UNIT + 4 + burst
        sent += more
    assert whole == 1 + 20 + 1 + 1  # BEGIN, 5000 bytes in blocks of 256, END, STOP


def test_a_wire_that_pushes_back_is_kept_busy():
    upload = begun(100_000, burst=None)
    assert AHEAD <= len(upload.data_to_send()) <= AHEAD + 2 * UNIT


def test_of_a_file_that_deflates_to_nothing_a_few_blocks_are_made_at_once():
    """Who interrupts the transfer waits for as long as they take."""
    upload = Upload(items(500_000), 7, burst=None)
    upload.receive(answer(0, window=10))
    answered, calls = 0, 0
    while not (data := upload.data_to_send()).endswith(STOP):
        count, part = blocks_in(data)
        assert 0 < count <= BLOCKS_AT_ONCE
        assert part == 0
        answered, calls = answered + count, calls + 1
        upload.receive(answer(answered, window=10))
    assert calls > 3


def test_a_lost_answer_is_made_good_by_the_next():
    upload = begun(100_000, burst=None)
    first = len(upload.data_to_send())
    upload.receive(answer(3))
    assert len(upload.data_to_send()) > 2 * UNIT
    assert first


def test_answers_for_blocks_that_were_never_sent_count_for_nothing():
    upload = begun(100_000, burst=None)
    upload.data_to_send()
    upload.receive(answer(5000))
    assert upload.data_to_send() == b""


def test_progress_is_what_was_dealt_with():
    told = []
    upload = begun(300, 10, burst=None, on_progress=lambda *what: told.append(what))
    upload.data_to_send()
    for taken in range(1, 8):
        upload.receive(answer(taken))
    assert told == [(0, 0), (0, 256), (0, 300), (0, 300), (1, 0), (1, 10), (1, 10)]


@pytest.mark.parametrize("sent_before", ["nothing", "some"])
def test_an_interrupt_ends_after_the_block_under_way(sent_before):
    upload = begun(100_000, burst=30)
    data = upload.data_to_send() if sent_before == "some" else b""
    assert upload.interrupt()
    for taken in range(1, 4):
        upload.receive(answer(taken))
        data += upload.data_to_send()
    data += upload.data_to_send()
    assert data.endswith(STOP)
    assert blocks_in(data)[1] == 0
    assert len(data) <= 2 * UNIT + 30


def test_a_board_that_lost_its_place_gets_what_it_may_wait_for():
    upload = begun(100_000, burst=30)
    upload.data_to_send()
    upload.interrupt()
    upload.data_to_send()
    assert upload.unstick()
    assert upload.data_to_send() == FILLER * LONGEST_INPUT
    assert upload.data_to_send() == b""
    assert not upload.unstick()


def test_a_failure_stops_what_is_left():
    upload = begun(100_000, 100_000, burst=None)
    sent = upload.data_to_send()
    upload.receive(answer(1, failed=28))
    sent += upload.data_to_send()
    assert sent.endswith(STOP)
    assert blocks_in(sent)[1] == 0
    assert len(sent) < AHEAD + 3 * UNIT
    upload.receive(answer(2, failed=28))
    assert upload.data_to_send() == b""


def test_an_interrupt_before_the_program_is_ready_is_left_to_ctrl_c():
    upload = Upload(items(1), 7, burst=None)
    assert not upload.interrupt()
    assert not upload.unstick()


def test_ctrl_c_that_a_program_took_for_input_becomes_what_ends_it():
    upload = Upload(items(100_000), 7, burst=30)
    assert not upload.interrupt()
    upload.receive(answer(0))
    assert upload.interrupt()  # by what had come with the answer
    step, size, check = struct.unpack("<BHB", b"\x03" + upload.data_to_send())
    assert (step + size + (size >> 8) + check) & 255 != 255
    assert upload.interrupt()
    upload.receive(answer(0))
    assert upload.data_to_send() == b""


def test_an_interrupt_when_all_was_sent_takes_nothing_back():
    upload = begun(10, burst=None)
    data = upload.data_to_send()
    assert data.endswith(STOP)
    assert upload.interrupt()
    assert upload.data_to_send() == b""
