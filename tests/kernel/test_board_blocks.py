"""What several boards say at the same time: blocks that are updated in place, or lines with names."""

import pytest

from iot_kernel.kernel import board_blocks
from iot_kernel.kernel.board_blocks import BoardBlocks, BoardLines
from iot_kernel.kernel.output import Bursts, CellOutput, Pace
from tests.magics.context import ANSI


class Frontend:
    """Keeps what a notebook would show: displays in their order, as they are by now."""

    def __init__(self):
        self.displays = {}
        self.messages = []
        self.text = ""

    def publish(self, kind, content, *_):
        self.messages.append(kind)
        if kind == "stream":
            self.text += content["text"]
            return
        display_id = content["transient"]["display_id"]
        assert (display_id in self.displays) is (kind == "update_display_data")
        self.displays[display_id] = content["data"]

    @property
    def shown(self):
        """The text of the displays, those with more by their types."""
        return [
            ANSI.sub("", data["text/plain"]) if set(data) == {"text/plain"} else sorted(data)
            for data in self.displays.values()
        ]


@pytest.fixture
def frontend():
    return Frontend()


@pytest.fixture
def output(frontend):
    bursts = Bursts()
    yield CellOutput(frontend.publish, {}, 7, bursts, Pace())
    bursts.close()


@pytest.fixture
def blocks(output):
    return BoardBlocks(output, ["a", "b", "c"])


def say(blocks, *said):
    """Each board says something, at once."""
    outputs = {}
    for index, text in said:
        outputs.setdefault(index, blocks.output_of(index)).stdout(text)
    for each in outputs.values():
        each.flush()


def test_each_board_has_a_block_in_the_order_of_the_boards(blocks, frontend):
    say(blocks, (2, "from c\n"), (0, "from a, "), (2, "more\n"), (0, "more"))
    blocks.finish()
    assert frontend.shown == ["----- a\nfrom a, more", "----- c\nfrom c\nmore"]


def test_boards_that_say_nothing_cost_nothing(blocks, frontend):
    blocks.finish()
    assert frontend.messages == []


def test_a_block_is_updated_in_its_place(blocks, frontend):
    say(blocks, (1, "one\n"))
    blocks.finish()
    say(blocks, (1, "two\n"))
    blocks.finish()
    assert frontend.shown == ["----- b\none\ntwo"]
    assert frontend.messages == ["display_data", "update_display_data"]


def test_what_has_not_changed_is_not_sent_again(blocks, frontend):
    say(blocks, (0, "a"), (1, "b"))
    blocks.finish()
    blocks.finish()
    say(blocks, (1, "b"))
    blocks.finish()
    assert frontend.messages == ["display_data", "display_data", "update_display_data"]


def test_a_board_that_speaks_late_gets_its_place(blocks, frontend):
    say(blocks, (2, "c"))
    blocks.finish()
    say(blocks, (0, "a"))
    blocks.finish()
    assert frontend.shown == ["----- a\na", "----- c\nc"]


def test_many_bursts_are_few_updates(blocks, frontend, monkeypatch):
    monkeypatch.setattr(board_blocks, "INTERVAL", 60.0)
    say(blocks, (0, "first"))
    blocks.flush()
    for _ in range(50):
        say(blocks, (0, "."))
        blocks.flush()
    assert frontend.messages == ["display_data"]
    blocks.finish()
    assert frontend.shown == [f"----- a\nfirst{'.' * 50}"]


def test_the_beginning_of_a_long_output_is_left_out(blocks, frontend, monkeypatch):
    monkeypatch.setattr(board_blocks, "LONGEST_BLOCK", 100)
    for number in range(100):
        say(blocks, (0, f"{number:09}\n"))
    blocks.finish()
    [text] = frontend.shown
    assert text.endswith("000000098\n000000099")
    assert "characters before this are left out]\n" in text
    assert len(text) < 200


def test_rich_output_stands_between_the_text_around_it(blocks, frontend):
    a = blocks.output_of(0)
    a.display({"text/html": "<b>", "text/plain": "b"})
    a.stdout("then\n")
    a.display({"image/png": "…", "text/plain": "p"})
    a.flush()
    say(blocks, (1, "b\n"))
    blocks.finish()
    rich = ["text/html", "text/plain"]
    assert frontend.shown == ["----- a", rich, "then", ["image/png", "text/plain"], "----- b\nb"]


def test_a_display_that_a_board_updates(blocks, frontend):
    for index in (0, 1):
        out = blocks.output_of(index)
        out.display({"text/plain": "old"}, display_id="x")
        out.flush()
    out.display({"text/plain": "new"}, display_id="x", update=True)
    blocks.finish()
    assert frontend.shown == ["----- a", "old", "----- b", "new"]


def test_a_display_that_has_become_empty_takes_no_place(blocks, frontend):
    a = blocks.output_of(0)
    a.display({"text/plain": "busy", "text/html": "<b>busy"}, display_id="x")
    a.display({"text/plain": "", "text/html": ""}, display_id="x", update=True)
    a.stdout("done\n")
    a.flush()
    blocks.finish()
    assert frontend.shown == ["----- a\ndone"]


def test_a_board_that_clears_its_output_clears_its_block(blocks, frontend):
    say(blocks, (0, "gone\n"), (1, "stays\n"))
    blocks.finish()
    a = blocks.output_of(0)
    a.send("clear_output", {"wait": True})
    blocks.finish()
    assert frontend.shown == ["----- a\ngone", "----- b\nstays"]
    a.stdout("new\n")
    a.flush()
    blocks.finish()
    assert frontend.shown == ["----- a\nnew", "----- b\nstays"]
    a.send("clear_output", {"wait": False})
    blocks.finish()
    assert frontend.shown == ["----- b\nstays", ""]


def test_many_displays_are_bounded(blocks, frontend, monkeypatch):
    monkeypatch.setattr(board_blocks, "MOST_DISPLAYS", 3)
    a = blocks.output_of(0)
    for number in range(9):
        a.display({"text/plain": str(number)})
    blocks.finish()
    note = "[the last 3 displays are shown; left out: 6]"
    assert frontend.shown == [f"----- a\n{note}", "6", "7", "8"]
    a.send("clear_output", {"wait": False})
    a.display({"text/plain": "new"})
    blocks.finish()
    assert [text for text in frontend.shown if text] == ["----- a", "new"]


def test_the_note_on_displays_stands_also_before_text(blocks, frontend, monkeypatch):
    monkeypatch.setattr(board_blocks, "MOST_DISPLAYS", 1)
    a = blocks.output_of(0)
    a.stdout("text\n")
    for text in ("1", "2"):
        a.display({"text/plain": text})
        blocks.finish()
    assert frontend.shown == ["----- a\n[the last 1 displays are shown; left out: 1]\ntext", "2"]


def test_displays_that_show_nothing_by_now_are_not_missed(blocks, frontend, monkeypatch):
    monkeypatch.setattr(board_blocks, "MOST_DISPLAYS", 1)
    a = blocks.output_of(0)
    for text in ("", "seen"):
        a.display({"text/plain": text})
    blocks.finish()
    assert frontend.shown == ["----- a", "seen"]


def test_values_that_the_table_has_room_for_are_not_shown_twice(blocks, frontend):
    for index, value in enumerate(("42", "x" * 100, "two\nlines")):
        blocks.output_of(index).result({"text/plain": value})
    blocks.finish()
    assert frontend.shown == [f"----- b\n{'x' * 100}", "----- c\ntwo\nlines"]


def test_a_rich_value_is_shown_as_it_is(blocks, frontend):
    blocks.output_of(0).result({"text/plain": "7", "text/html": "<i>7"})
    blocks.finish()
    assert frontend.shown == ["----- a", ["text/html", "text/plain"]]


def test_lines_are_whole_and_named(output, frontend):
    lines = BoardLines(output, ["a", "long"])
    say(lines, (0, "be"), (1, "other\n"), (0, "gun\nnext\nunfini"), (0, "shed"))
    lines.output_of(1).display({"text/plain": "shown"}, display_id="x")
    lines.output_of(1).display({"text/plain": "updated"}, display_id="x", update=True)
    lines.output_of(1).result({"text/plain": "42"})
    lines.finish()
    output.flush()
    assert sorted(frontend.text.splitlines()) == [
        "a    | begun",
        "a    | next",
        "a    | unfinished",
        "long | other",
        "long | shown",
    ]
