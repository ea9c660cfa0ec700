"""What a board says of itself is checked and cleaned."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.device.info import DeviceInfo, parse_info
from iot_kernel.errors import RemoteProtocolError

GOOD = "('30:ae:a4:30:84:34', 'micropython', '1.25.0', 'esp32', 'ESP32 module', 102400)"


def test_good_answer():
    assert parse_info(GOOD + "\n") == DeviceInfo(
        "30:ae:a4:30:84:34", "micropython", "1.25.0", "esp32", "ESP32 module", 102400
    )


def test_text_of_threads_around_it_does_not_matter():
    assert parse_info("bg 1\n" + GOOD + "\nbg 2\n").platform == "esp32"


def test_a_board_without_uid_and_memory():
    assert parse_info("('', 'micropython', '1.29.0', 'webassembly', '', None)") == DeviceInfo(
        "", "micropython", "1.29.0", "webassembly"
    )


def test_control_characters_do_not_reach_a_terminal():
    info = parse_info("('', 'micro\\x1b[31mpython', '1', 'p\\nq', 'm' * 1, None)".replace("'m' * 1", "'m'"))
    assert "\x1b" not in info.implementation
    assert "\n" not in info.platform


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "nothing",
        "('30:ae', 'x')",
        "('not hex!', 'a', 'b', 'c', 'd', 1)",
        "(1, 2, 3, 4, 5, 6)",
        "('', 'a', 'b', 'c', 'd', 'e')",
        "__import__('os').system('true')",
        "(" * 500,
    ],
)
def test_bad_answers(answer):
    with pytest.raises(RemoteProtocolError):
        parse_info(answer)


@given(st.text(max_size=200))
def test_any_answer_is_refused_or_read(answer):
    with suppress(RemoteProtocolError):
        parse_info(answer)
