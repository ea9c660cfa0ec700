"""The question for boards that speak in messages: they answer it, and others take no harm."""

import pytest

from iot_kernel.protocol import cobs
from iot_kernel.protocol.jmp_messages import Busy, decode
from iot_kernel.protocol.message_probe import PROBE, ProbeAnswer
from tests.protocol.scripted_messages import INFO, K, ScriptedBoard
from tests.real_boards import kinds
from tests.virtual_board.firmware.dialogue import Dialogue


@pytest.fixture
def answer():
    board = ScriptedBoard()
    _, block, rest = PROBE.split(cobs.END)
    assert rest == b"\r"
    request = decode(cobs.decode(block))
    assert request.header.kind == K.KERNEL_INFO_REQUEST
    assert board.says(request, K.STATUS, state=Busy.BUSY)
    return board.says(request, K.KERNEL_INFO_REPLY, **INFO)


def test_has_no_byte_that_does_harm():
    harmful = b"\x02\x03\x04\x08\x09\x0a\x0b\x0e\x10\x15\x17\x18\x1b\x7f"
    assert not set(PROBE) & set(harmful)
    assert {byte for byte in PROBE if 32 <= byte < 127} == set(b" #")
    assert PROBE.count(b"\r") == 1


@pytest.mark.parametrize("cut", [1, 7, 1000])
def test_an_answer_is_found(answer, cut):
    found = ProbeAnswer()
    told = b"boot text\0a log of the firmware\r\n" + answer
    assert sum(found.finds(told[start : start + cut]) for start in range(0, len(told), cut)) == 1


def test_others_are_not_found(answer):
    board = ScriptedBoard()
    board.repl.enter()
    (request,) = board.asked()
    assert not ProbeAnswer().finds(board.says(request, K.KERNEL_INFO_REPLY, **INFO))
    assert not ProbeAnswer().finds(PROBE + answer[:-1])
    assert not ProbeAnswer().finds(b"MicroPython v1.28.0\r\n>>> " * 9)


@pytest.fixture
def dialogue(tmp_path):
    with kinds.unix(tmp_path / "board") as board:
        opened = Dialogue(board.url)
        yield opened
        opened.close()


def test_at_a_friendly_prompt_it_is_a_comment(dialogue):
    dialogue.hear(b">>> ")
    dialogue.say(PROBE)
    assert b"Error" not in dialogue.hear(b"\r\n>>> ")
    assert b"7\r\n" in dialogue.ask(b"print(3 + 4)\r", b">>> ")


def test_in_the_raw_repl_the_next_banner_drops_it(dialogue):
    dialogue.enter_raw()
    dialogue.run("x = 5")
    dialogue.say(PROBE)
    dialogue.say(b"\x01")
    for _ in range(PROBE.count(b"\x01") + 1):
        dialogue.hear(b"raw REPL; CTRL-B to exit\r\n>")
    assert dialogue.run("print(x)") == b"5\r\n"


def test_a_program_that_runs_goes_on(dialogue):
    dialogue.enter_raw()
    dialogue.say(b"import time\nprint('begun')\ntime.sleep_ms(200)\nx = 5\nprint('over')\x04")
    dialogue.hear(b"begun")
    dialogue.say(PROBE)
    dialogue.hear(b"over\r\n\x04\x04>")
    dialogue.say(b"\x01")
    for _ in range(PROBE.count(b"\x01") + 1):
        dialogue.hear(b"raw REPL; CTRL-B to exit\r\n>")
    assert dialogue.run("print(x)") == b"5\r\n"
