"""What is said of known boards that are not there."""

from iot_kernel.boards.findings import Discovery, Row, still_missed
from iot_kernel.boards.registry_entry import Entry
from iot_kernel.discovery import Skipped

HERE, GONE, OTHER = "serial:///dev/ttyACM0", "serial:///dev/ttyACM1", "ws://10.0.0.1:8266"


def test_what_was_forgotten_is_not_missed_and_what_is_elsewhere_hardly():
    missed = [Skipped(GONE, "none", board="lamp"), Skipped(OTHER, "nothing", board="robot")]
    busy = Skipped("serial:///dev/ttyACM9", "in use")
    found = Discovery([Row(Entry(HERE, "01"), "lamp")], [*missed, busy])
    lamp, robot = Entry(GONE, "01"), Entry(OTHER, "02")
    assert still_missed(found, {GONE, OTHER}, {GONE: lamp, OTHER: robot}) == [
        Skipped(GONE, "none", usual=True, board="lamp"),
        Skipped(OTHER, "nothing", board="robot"),
        busy,
    ]
    assert still_missed(found, {GONE, OTHER}, {OTHER: robot}) == [missed[1], busy]


def test_boards_without_uid_are_never_taken_for_one():
    missed = Skipped(GONE, "none", board=GONE)
    found = Discovery([Row(Entry(HERE), HERE)], [missed])
    assert still_missed(found, {GONE}, {GONE: Entry(GONE)}) == [missed]
