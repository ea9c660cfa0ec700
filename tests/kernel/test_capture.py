"""Capturing: what is kept, what is shown all the same, and how much is kept."""

import pytest

from iot_kernel.kernel import capture
from iot_kernel.kernel.capture import Capture
from iot_kernel.kernel.output import Bursts, CellOutput, Pace

EVERYTHING = ("stdout", "stderr", "display")


@pytest.fixture
def shown():
    return []


@pytest.fixture
def outer(shown):
    bursts = Bursts()
    yield CellOutput(lambda kind, content, *_: shown.append((kind, content)), {}, 7, bursts, Pace())
    bursts.close()


def fill(output):
    output.stdout("one\n")
    output.stderr("bad\n")
    output.stdout("two\n")
    output.display({"text/html": "<b>"}, display_id="d")
    output.display({"text/html": "<i>"}, display_id="d", update=True)
    output.result({"text/plain": "42"})


def test_everything_is_kept(outer, shown):
    captured = Capture(outer, EVERYTHING)
    fill(captured.output)
    captured.finish()
    outer.flush()
    assert shown == []
    assert captured.text == {"stdout": "one\ntwo\n", "stderr": "bad\n"}
    shown_once, changed, value = captured.outputs
    assert (shown_once["data"], shown_once["update"]) == ({"text/html": "<b>"}, False)
    assert changed["transient"] == {"display_id": "d"}
    assert changed["update"]
    assert value == {"data": {"text/plain": "42"}, "metadata": {}, "update": False}


@pytest.mark.parametrize("kind", EVERYTHING)
def test_what_is_not_wanted_is_shown(outer, shown, kind):
    captured = Capture(outer, set(EVERYTHING) - {kind})
    fill(captured.output)
    captured.finish()
    outer.flush()
    kinds = {content.get("name", "display") for _, content in shown}
    assert kinds == {kind}
    assert bool(captured.outputs) is (kind != "display")


def test_errors_are_shown(outer, shown):
    captured = Capture(outer, EVERYTHING)
    captured.output.error("E", "v", ["E: v"])
    captured.finish()
    assert [kind for kind, _ in shown] == ["error"]


def test_too_much_is_left_out_and_counted(outer, shown, monkeypatch):
    monkeypatch.setattr(capture, "MOST_TEXT", 10)
    monkeypatch.setattr(capture, "MOST_OUTPUTS", 1)
    captured = Capture(outer, EVERYTHING)
    captured.output.stdout("123456")
    captured.output.result({"text/plain": "1"})
    captured.output.stdout("789012")
    captured.output.result({"text/plain": "2"})
    captured.finish()
    outer.flush()
    assert captured.text["stdout"] == "1234567890"
    assert len(captured.outputs) == 1
    assert [content["text"] for _, content in shown] == [
        "[3 characters or outputs too many were not captured]\n"
    ]


def test_no_server_counts_what_is_kept(outer):
    captured = Capture(outer, EVERYTHING)
    for _ in range(20):
        captured.output.stdout("x" * 1_000_000)
    captured.finish()
    assert len(captured.text["stdout"]) == 20_000_000
