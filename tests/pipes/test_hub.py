"""What becomes of frames: which pipes are open, what goes to the outlet, what is counted."""

import pytest

from iot_kernel.pipes import hub as module
from iot_kernel.pipes.hub import Hub, Outlet
from iot_kernel.protocol.frames import Damaged, Frame
from tests.each import each

END = Frame(16, 2, b"d", continues=True)


class Record(Outlet):
    """An outlet that keeps what it gets."""

    def __init__(self, accepts=True):
        self.clocks = []
        self.events = []
        self.accepts = accepts

    def message(self, name, message):
        self.events.append((name, message.data))
        self.clocks.append(message.clock)
        return self.accepts

    def ended(self, name):
        self.events.append((name, None))

    def subscribers(self, name):
        return 3


def control(kind, channel, name, generation=1, flags=0):
    return Frame(1, 0, kind + bytes([channel, generation, flags]) + name.encode())


def hub_of(*frames, accepts=True):
    hub = Hub()
    hub.outlet = Record(accepts)
    for frame in frames:
        hub.take(frame)
    return hub


def test_a_pipe_from_its_opening_to_its_end():
    hub = hub_of(control(b"o", 16, "adc"), Frame(16, 0, b"ab"), Frame(16, 1, b"c", more=True), END)
    (info,) = hub.pipes()
    assert (info.name, info.messages, info.bytes, info.lost, info.subscribers) == ("adc", 2, 4, 0, 3)
    assert 0 < info.rate <= info.messages  # no more is known of the first moment
    hub.take(control(b"c", 16, "adc"))
    assert hub.pipes() == []
    assert hub.outlet.events == [("adc", b"ab"), ("adc", b"cd"), ("adc", None)]


def test_channels_do_not_mix():
    hub = hub_of(
        control(b"o", 16, "a"),
        control(b"o", 17, "b"),
        Frame(16, 0, b"1", more=True),
        Frame(17, 0, b"2", more=True),
        Frame(16, 1, b"1", continues=True),
        Frame(17, 1, b"2", continues=True),
    )
    assert hub.outlet.events == [("a", b"11"), ("b", b"22")]


@pytest.mark.parametrize("channel", [16, 17])
def test_a_new_generation_ends_the_old_one(channel):
    hub = hub_of(control(b"o", 16, "adc"), control(b"o", channel, "adc", 2), Frame(channel, 0, b"new"))
    assert hub.outlet.events == [("adc", None), ("adc", b"new")]


def test_a_channel_that_carries_another_pipe_now():
    hub = hub_of(control(b"o", 16, "a"), control(b"o", 16, "b"))
    assert hub.outlet.events == [("a", None)]
    hub.take(control(b"c", 16, "a"))  # late
    assert [info.name for info in hub.pipes()] == ["b"]


@pytest.mark.parametrize("kind", [b"o", b"s"])
def test_stamps_are_taken_off(kind):
    hub = hub_of(
        control(kind, 16, "adc", flags=1),
        Frame(16, 0, b"\4\3\2\xff"),
        Frame(16, 1, b"\1\0\0", more=True),
        Frame(16, 2, b"\0ab", continues=True),
        Frame(16, 3, b"abc"),  # too short for a stamp
    )
    assert hub.outlet.events == [("adc", b""), ("adc", b"ab")]
    assert hub.outlet.clocks == [0x3F020304, 1]
    assert (hub.pipe("adc").bytes, hub.damaged) == (2, 1)


def test_a_stamp_takes_nothing_from_the_longest_message():
    pieces = [bytes(4096)] * 15 + [bytes(4099)]  # as long as a message may be, and a stamp
    frames = [Frame(16, n, data, n < 15, n > 0) for n, data in enumerate(pieces)]
    hub = hub_of(control(b"o", 16, "adc", flags=1), *frames, control(b"o", 17, "plain"))
    for frame in frames:
        hub.take(Frame(17, *(getattr(frame, name) for name in ("sequence", "data", "more", "continues"))))
    assert hub.outlet.events == [("adc", bytes(65_535))]


def test_still_open_changes_nothing_where_it_is_known():
    hub = hub_of(control(b"o", 16, "adc"), Frame(16, 0, b"1"), control(b"s", 16, "adc"), Frame(16, 1, b"2"))
    assert hub.outlet.events == [("adc", b"1"), ("adc", b"2")]


def test_still_open_makes_a_pipe_known():
    asked = []
    hub = hub_of()
    hub.on_unknown = lambda: asked.append(1)
    hub.take(Frame(16, 7, b"1"))
    hub.take(Frame(16, 8, b"2"))
    assert (asked, hub.outlet.events) == ([1], [])
    hub.take(control(b"s", 16, "adc"))
    hub.take(Frame(16, 9, b"3", continues=True))  # the end of a message
    hub.take(Frame(16, 10, b"4"))
    assert hub.outlet.events == [("adc", b"4")]
    assert hub.pipe("adc").lost == 0


def test_the_board_is_asked_again_where_it_did_not_answer(monkeypatch):
    asked = []
    hub = hub_of()
    hub.on_unknown = lambda: asked.append(1)
    monkeypatch.setattr(module, "ASK_INTERVAL", 0)
    for number in range(3):
        hub.take(Frame(16, number, b"1"))
    assert len(asked) == 3


def test_losses_are_counted():
    hub = hub_of(control(b"o", 16, "adc"), Frame(16, 0, b"1"), Frame(16, 3, b"4"), Damaged())
    assert hub.pipe("adc").lost == 2
    assert hub.damaged == 1


def test_what_the_outlet_cannot_take_is_lost():
    hub = hub_of(control(b"o", 16, "adc"), Frame(16, 0, b"1"), accepts=False)
    assert hub.pipe("adc").lost == 1


def test_the_end_of_all():
    hub = hub_of(control(b"o", 16, "a"), control(b"o", 17, "b"))
    hub.end_all("reset")
    hub.end_all("reset")
    assert sorted(hub.outlet.events) == [("a", None), ("b", None)]
    assert hub.pipes() == []


@each(
    "rest", [b"", b"\x10", b"\x10\1", b"\x10\1\0", b"\x10\1\0\xff", b"\x10\1\0a\nb", b"\x10\1\0" + b"a" * 65]
)
def test_a_control_frame_that_makes_no_sense_is_counted(rest):
    hub = hub_of(Frame(1, 0, b"o" + rest), Frame(1, 0, b""))
    assert (hub.pipes(), hub.damaged) == ([], 2)


@pytest.mark.parametrize("frame", [control(b"o", 3, "a"), control(b"x", 16, "a"), Frame(2, 0, b"x")])
def test_frames_of_other_channels_are_ignored(frame):
    hub = hub_of(frame)
    assert (hub.pipes(), hub.outlet.events) == ([], [])


def test_a_thousand_openings_leave_what_there_are_channels_for():
    hub = hub_of(*(control(b"o", 16 + n % 240, f"p{n}") for n in range(1000)))
    assert len(hub.pipes()) == 240


def test_a_tap_hears_what_is_open_and_all_that_comes():
    hub = hub_of(control(b"o", 16, "adc"), Frame(16, 0, b"0"))
    tap = Tap()
    hub.tap(tap)
    hub.take(Frame(16, 1, b"1"))
    hub.take(control(b"o", 17, "imu"))
    hub.take(control(b"c", 16, "adc"))
    hub.untap(tap)
    hub.untap(tap)
    hub.take(control(b"c", 17, "imu"))
    assert tap.events == [("adc", "opened"), ("adc", b"1"), ("imu", "opened"), ("adc", None)]
    assert hub.outlet.events[-1] == ("imu", None)


def test_what_a_tap_cannot_take_is_lost_for_it_alone():
    hub = hub_of(control(b"o", 16, "adc"))
    hub.tap(Tap(accepts=False))
    hub.take(Frame(16, 0, b"0"))
    assert hub.pipe("adc").lost == 0


class Tap(Record):
    """An outlet that is told of openings, too."""

    def opened(self, name):
        self.events.append((name, "opened"))


def test_pipes_go_on_in_another_hub():
    hub, other = hub_of(control(b"o", 16, "adc"), Frame(16, 0, b"a", more=True)), hub_of()
    hub.take(Damaged())
    other.receive(hub.give_away())
    assert (hub.outlet.events, hub.pipes(), hub.damaged) == ([("adc", None)], [], 0)
    other.take(Frame(16, 1, b"b", continues=True))
    other.take(Frame(16, 4, b"d"))  # two pieces are missing, which is one such message
    (info,) = other.pipes()
    assert (other.outlet.events, info.messages, info.lost) == ([("adc", b"ab"), ("adc", b"d")], 2, 1)
    other.take(control(b"s", 16, "adc"))  # the answer to a question of the hub before
    assert other.pipes()[0].messages == 2
