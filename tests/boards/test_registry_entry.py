from pathlib import Path

from iot_kernel.boards.registry_entry import (
    FORGET_AFTER,
    Entry,
    by_preference,
    label,
    merged,
    moved,
    outdated,
    put,
)
from tests.each import each

UID, OTHER = "00:00:00:00:00:01", "00:00:00:00:00:02"
SSH = "ssh://pi/dev/ttyACM0"
USB, WS, SOCKET = "serial:///dev/ttyACM0", "ws://host:8266", "socket://host:1"


def test_a_board_is_called_by_its_name_its_uid_or_its_address():
    assert label(Entry(USB, UID), {UID: "lamp"}) == "lamp"
    assert label(Entry(USB, UID), {}) == UID
    assert label(Entry(USB), {UID: "lamp"}) == USB


@each(
    ("schemes", "urls"),
    [
        ((), [USB, SSH, WS, SOCKET]),
        (("ws", "serial"), [WS, USB]),
        (("WS://",), [WS]),
        (("socket",), [SOCKET]),
        (("telnet",), []),
    ],
)
def test_kinds_of_connection_are_tried_in_order(schemes: tuple[str, ...], urls: list[str]):
    entries = [Entry(SOCKET), Entry(WS), Entry(SSH), Entry(USB)]
    assert [entry.url for entry in by_preference(entries, schemes)] == urls


def test_of_two_equal_ones_the_one_seen_last_goes_first():
    old, new = Entry(USB, seen=1), Entry("serial:///dev/ttyACM1", seen=2)
    assert by_preference([old, new], ()) == [new, old]


@each(
    ("known", "hidden"),
    [
        ([], False),
        ([Entry(USB, UID, hidden=True)], True),
        ([Entry(WS, UID, hidden=True)], True),
        ([Entry(WS, UID), Entry(USB, UID, hidden=True)], True),
        ([Entry(WS, UID, hidden=True), Entry(USB, UID)], False),
        ([Entry(WS, UID, hidden=True), Entry(SOCKET, UID)], False),
        ([Entry(USB, OTHER, hidden=True)], False),
    ],
)
def test_hiding_sticks_to_the_board(known: list[Entry], hidden: bool):
    assert merged(Entry(USB, UID), known).hidden == hidden
    assert not merged(Entry(USB, UID, by_hand=True), known).hidden


def test_boards_without_uid_are_told_apart_by_address():
    assert merged(Entry(USB), [Entry(USB, hidden=True)]).hidden
    assert not merged(Entry(USB), [Entry(WS, hidden=True)]).hidden


def test_hand_registration_sticks_to_the_address():
    assert merged(Entry(USB, UID), [Entry(USB, OTHER, by_hand=True)]).by_hand
    assert not merged(Entry(USB, UID), [Entry(WS, UID, by_hand=True)]).by_hand


def test_only_a_port_that_is_gone_has_moved(tmp_path: Path):
    here = tmp_path / "ttyACM0"
    here.touch()
    there, gone = f"serial://{here}", f"serial://{tmp_path}/ttyACM9"
    met = Entry(USB, UID)
    assert moved(Entry(gone, UID), met)
    assert not moved(Entry(there, UID), met)
    assert moved(Entry(gone, UID, by_hand=True), met)
    assert not moved(Entry(gone, UID, registered=True), met)
    assert not moved(Entry(gone, OTHER), met)
    assert not moved(Entry(gone), Entry(USB))
    assert not moved(Entry("serial://COM3", UID), met)
    assert not moved(Entry(WS, UID), met)
    assert not moved(Entry(gone, UID), Entry(gone, UID))
    assert not moved(Entry(gone, UID), Entry(WS, UID))


NOW = 2 * FORGET_AFTER
LONG_AGO, LATELY = NOW - FORGET_AFTER - 1, NOW - FORGET_AFTER + 1


@each(
    ("entry", "unanswered", "forgotten"),
    [
        (Entry(USB, UID), {USB: True}, True),  # its board is at another port
        (Entry(USB, UID, by_hand=True, seen=LATELY), {USB: False}, True),
        (Entry(USB, UID, registered=True), {USB: True}, False),
        (Entry(USB, UID, hidden=True), {USB: True}, False),
        (Entry(USB, UID, seen=LONG_AGO), {}, False),
        (Entry(WS, UID, seen=LONG_AGO), {WS: True}, False),  # named, and a cable says nothing of Wi-Fi
        (Entry(SSH, UID, seen=LONG_AGO), {SSH: True}, False),  # nor of another computer
        (Entry(WS, OTHER, seen=LONG_AGO), {WS: True}, True),
        (Entry(WS, OTHER, seen=LATELY), {WS: True}, False),
        (Entry(WS, OTHER, registered=True), {WS: True}, False),
        (Entry(USB, OTHER, seen=LONG_AGO), {USB: False}, False),  # a program may be running there
        (Entry(USB, "", seen=LATELY), {USB: True}, False),
        (Entry(USB, "", seen=LONG_AGO), {USB: True}, True),
    ],
)
def test_what_is_forgotten_after_a_search(entry: Entry, unanswered: dict[str, bool], forgotten: bool):
    met = [Entry(SOCKET, UID), Entry("serial:///dev/ttyACM7", "")]
    assert outdated(entry, met, unanswered, {UID}, NOW) == forgotten


def test_an_entry_keeps_its_place():
    entries = [Entry(USB), Entry(WS)]
    assert put(entries, Entry(USB, UID)) == [Entry(USB, UID), Entry(WS)]
    assert put(entries, Entry(SOCKET)) == [*entries, Entry(SOCKET)]
