"""Holding a board: what is claimed and when it is free again, and what is said where no prompt answers."""

import os

import pytest

from iot_kernel.device.attachment import Attachment
from iot_kernel.device.board_lock import holder
from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason
from tests.scripted_board import ScriptedBoard, raw_repl

UID = "30:ae:a4:30:84:34"


def drop(_):
    pass


@pytest.fixture
def attach():
    """Attaches a board that answers so; all are let go in the end."""
    made = []

    def make(answer):
        board = ScriptedBoard(answer)
        made.append(board)
        made.append(Attachment(board.url, None, on_stray=drop, on_lost=drop, on_frame=drop))
        return made[-1]

    yield make
    for each in reversed(made):
        each.close()


def test_claims_last_until_it_is_closed(attach):
    it = attach(raw_repl())
    url = it.connection._url
    assert holder(url) is None
    it.open(5.0)
    assert holder(url).pid == os.getpid()
    it.claim_chip(UID)
    assert holder(f"uid:{UID}").url == url
    it.close()
    it.close()
    assert holder(url) is None
    assert holder(f"uid:{UID}") is None


def test_an_address_is_claimed_once(attach):
    it = attach(raw_repl())
    it.open(5.0)
    other = Attachment(it.connection._url, None, on_stray=drop, on_lost=drop, on_frame=drop)
    with pytest.raises(ConnectError) as refused:
        other.open(5.0)
    other.close()
    assert refused.value.reason is ConnectReason.OWN


def test_a_chip_is_claimed_once(attach):
    one, other = attach(raw_repl()), attach(raw_repl())
    one.claim_chip(UID)
    with pytest.raises(ConnectError) as refused:
        other.claim_chip(UID)
    assert refused.value.reason is ConnectReason.OWN


def test_a_url_that_cannot_be_used_is_not_claimed():
    with pytest.raises(ConnectError) as refused:
        Attachment("gopher://x", None, on_stray=drop, on_lost=drop, on_frame=drop)
    assert refused.value.reason is ConnectReason.UNSUPPORTED
    assert holder("gopher://x") is None


def test_code_is_sent_once_it_is_open(attach):
    it = attach(raw_repl({b"print(1)": b"1\r\n\x04\x04>"}))
    it.open(5.0)
    it.enter(interrupt=True, timeout=5.0, known=False)
    assert it.connection.is_ready
    printed = []
    assert it.sender.run("print(1)", printed.append).traceback == b""
    assert b"".join(printed) == b"1\r\n"


@pytest.mark.parametrize(
    ("known", "words"), [(False, "nothing answers"), (True, "does not let itself be interrupted")]
)
def test_no_prompt(attach, known, words):
    it = attach(lambda heard: None)
    it.open(5.0)
    with pytest.raises(ConnectError, match=words):
        it.enter(interrupt=True, timeout=0.3, known=known)


def test_closed_while_it_is_used(attach):
    it = attach(raw_repl())
    it.open(5.0)
    it.close()
    with pytest.raises(ConnectionLostError):
        it.enter(interrupt=True, timeout=5.0, known=False)


def test_what_the_transport_says_of_the_board(attach):
    it = attach(raw_repl())
    assert (it.serial_number, it.is_paced, it.is_volatile) == (None, True, False)
