"""The progress line: patient, sparing, one display, and text at the end."""

import time

import pytest

from iot_kernel.magics import progress
from iot_kernel.magics.progress import Progress
from tests.magics.context import RecordingContext


@pytest.fixture
def ctx():
    return RecordingContext(magics=object())


def shown(ctx, count):
    end = time.monotonic() + 20
    while len(ctx.displays) < count:
        assert time.monotonic() < end
        time.sleep(0.01)
    return ctx.displays


def test_what_is_over_soon_shows_nothing(ctx, monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 1000.0)
    with Progress(ctx, "looking") as line:
        line.update("nearly there", 0.9)
    assert ctx.displays == []


def test_it_appears_by_itself_and_is_updated_in_place(ctx, monkeypatch):
    monkeypatch.setattr(progress, "INTERVAL", 0.0)
    with Progress(ctx, "looking") as line:
        shown(ctx, 1)
        line.update("asking <b>", 0.25)
        line.update("asked", 1.0)
    plain = [data["text/plain"] for data, _, _ in ctx.displays]
    pages = [data["text/html"] for data, _, _ in ctx.displays]
    assert plain == ["looking", "asking <b> 25%", "asked 100%", "asked 100%"]
    assert "<progress style" in pages[0]
    assert '<progress value="0.250" style' in pages[1]
    assert pages[1].endswith(" asking &lt;b&gt;")
    assert pages[3] == "asked 100%"
    assert [update for _, _, update in ctx.displays] == [False, True, True, True]
    assert len({display_id for _, display_id, _ in ctx.displays}) == 1


def test_two_lines_have_two_ids(ctx):
    for _ in range(2):
        with Progress(ctx, "looking"):
            shown(ctx, len(ctx.displays) + 1)
    assert len({display_id for _, display_id, _ in ctx.displays}) == 2


def test_many_updates_are_few_messages_and_the_last_one_counts(ctx, monkeypatch):
    monkeypatch.setattr(progress, "INTERVAL", 1000.0)
    with Progress(ctx, "looking") as line:
        shown(ctx, 1)
        for number in range(1000):
            line.update(f"asked {number}")
    assert [data["text/plain"] for data, _, _ in ctx.displays] == ["looking", "asked 999"]


def test_a_failure_ends_the_bar_too(ctx):
    with pytest.raises(KeyError), Progress(ctx, "looking"):
        shown(ctx, 1)
        raise KeyError
    assert "<progress" not in ctx.displays[-1][0]["text/html"]


def test_a_line_that_is_not_kept_becomes_empty(ctx):
    with Progress(ctx, "looking", keep=False):
        shown(ctx, 1)
    assert ctx.displays[-1][0] == {"text/plain": "", "text/html": ""}
