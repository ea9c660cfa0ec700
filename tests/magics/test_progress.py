"""Progress lines: patient, sparing, one display, text at the end, and nothing where nobody watches."""

import re
import threading
import time
from pathlib import Path

import pytest

from iot_kernel.magics import progress
from iot_kernel.magics.progress import Progress, Rate, TransferProgress, bundle, describe
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
    monkeypatch.setattr(progress, "INTERVAL", 0.01)
    with Progress(ctx, "looking") as line:
        shown(ctx, 1)
        line.update("asking <b>", 0.25)
        shown(ctx, 2)
        line.update("asked", 1.0)
        shown(ctx, 3)
    plain = [data["text/plain"] for data, _, _ in ctx.displays]
    pages = [data["text/html"] for data, _, _ in ctx.displays]
    assert plain == ["looking", "asking <b> 25%", "asked 100%", "asked 100%"]
    assert "<progress style" in pages[0]
    assert '<progress value="0.250" style' in pages[1]
    assert " asking &lt;b&gt;<" in pages[1]
    assert "<progress" not in pages[3]
    assert ">asked 100%<" in pages[3]
    assert [update for _, _, update in ctx.displays] == [False, True, True, True]
    assert len({display_id for _, display_id, _ in ctx.displays}) == 1


def test_no_other_module_makes_bars():
    package = Path(progress.__file__).parents[1]
    assert [path.name for path in package.rglob("*.py") if "<progress" in path.read_text("utf-8")] == [
        "progress.py"
    ]


def test_bars_have_one_shape_whatever_is_told():
    bars = {
        re.search(r"<progress[^>]*>", bundle("copying $1$", part)["text/html"])[0].replace(
            ' value="0.500"', ""
        )
        for part in (None, 0.5)
    }
    assert len(bars) == 1
    assert 'class="mathjax_ignore' in bundle("copying $1$", None)["text/html"]


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


@pytest.mark.parametrize("always", [False, True])
def test_where_nobody_watches_a_line_is_shown_only_if_it_has_to_be(ctx, monkeypatch, always):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    ctx.is_watched = False
    with Progress(ctx, "looking", always=always):
        shown(ctx, int(always))
    assert bool(ctx.displays) is always


@pytest.fixture
def hurry(monkeypatch):
    monkeypatch.setattr(progress, "TRANSFER_PATIENCE", 0.01)
    monkeypatch.setattr(progress, "TRANSFER_INTERVAL", 0.01)


def texts(ctx):
    return [data["text/plain"] for data, _, _ in ctx.displays]


def shown_text(ctx, part):
    end = time.monotonic() + 20
    while not any(part in text for text in texts(ctx)):
        assert time.monotonic() < end, texts(ctx)
        time.sleep(0.01)


def test_a_transfer_that_is_over_soon_shows_nothing(ctx, monkeypatch):
    monkeypatch.setattr(progress, "TRANSFER_PATIENCE", 1000.0)
    with TransferProgress(ctx, "copying", 10) as transfer:
        transfer.update(10)
    assert ctx.displays == []


def test_a_long_transfer_tells_how_far_it_is_and_ends_as_one_line(ctx, hurry):
    with TransferProgress(ctx, "copying", 2048) as transfer:
        transfer.update(1024)
        shown_text(ctx, "copying: 1.0 KB of 2.0 KB, ")
        shown_text(ctx, " left")
    last, display_id, _ = ctx.displays[-1]
    assert last["text/plain"].startswith("2.0 KB in ")
    assert last["text/plain"].endswith("/s)")
    assert "<progress" not in last["text/html"]
    assert {shown_id for _, shown_id, _ in ctx.displays} == {display_id}
    assert any('<progress value="0.500"' in data["text/html"] for data, _, _ in ctx.displays)


def test_a_transfer_that_breaks_off_says_how_far_it_came(ctx, hurry):
    with pytest.raises(KeyboardInterrupt), TransferProgress(ctx, "copying", 2048) as transfer:
        transfer.update(512)
        shown_text(ctx, "copying: 512 bytes of 2.0 KB")
        raise KeyboardInterrupt
    assert texts(ctx)[-1] == "copying stopped after 512 bytes of 2.0 KB"
    assert "<progress" not in ctx.displays[-1][0]["text/html"]


def test_a_transfer_that_nobody_watches(ctx, hurry):
    ctx.is_watched = False
    with TransferProgress(ctx, "copying", 2048) as transfer:
        transfer.update(512)
        time.sleep(0.1)
    assert ctx.displays == []


def test_nothing_runs_on(ctx, hurry):
    before = threading.active_count()
    with TransferProgress(ctx, "copying", 1):
        pass
    assert threading.active_count() == before


def test_the_rate_is_that_of_the_last_seconds():
    rate = Rate()
    assert rate.add(1.0, 100) == pytest.approx(100)
    assert rate.add(2.0, 200) == pytest.approx(100)
    for second in range(3, 13):
        latest = rate.add(float(second), 200)
    assert latest == 0
    assert rate.add(13.0, 700) == pytest.approx(500 / progress.WINDOW, rel=0.3)


@pytest.mark.parametrize(
    ("done", "rate", "expected"),
    [
        (0, 0.0, "copying: 0 bytes of 97.7 KB, 0 bytes/s"),
        (50_000, 1000.0, "copying: 48.8 KB of 97.7 KB, 1000 bytes/s, 50 s left"),
        (0, 1000.0, "copying: 0 bytes of 97.7 KB, 1000 bytes/s, 1 min 40 s left"),
        (0, 10.0, "copying: 0 bytes of 97.7 KB, 10 bytes/s, 2 h 46 min left"),
    ],
)
def test_in_words(done, rate, expected):
    assert describe("copying", done, 100_000, rate).replace("1.0 KB/s", "1000 bytes/s") == expected


def test_an_interrupt_ends_the_transfer_where_it_began(ctx, hurry):
    with pytest.raises(KeyboardInterrupt), TransferProgress(ctx, "copying", 2048) as transfer:
        transfer.update(1)
        shown_text(ctx, "copying: 1 byte of 2.0 KB")
        ctx.interrupted.set()
        elsewhere = threading.Thread(target=transfer.update, args=(2,))
        elsewhere.start()
        elsewhere.join()
        transfer.update(3)
    assert texts(ctx)[-1] == "copying stopped after 3 bytes of 2.0 KB"
