"""The progress of a transfer: patient, with bytes, rate and time left; nothing where nobody watches."""

import threading
import time

import pytest

from iot_kernel.magics import transfer_progress
from iot_kernel.magics.transfer_progress import Rate, TransferProgress, describe
from tests.magics.context import RecordingContext


@pytest.fixture
def ctx():
    return RecordingContext(magics=object())


@pytest.fixture
def hurry(monkeypatch):
    monkeypatch.setattr(transfer_progress, "PATIENCE", 0.01)
    monkeypatch.setattr(transfer_progress, "TICK", 0.01)


def texts(ctx):
    return [data["text/plain"] for data, _, _ in ctx.displays]


def shown(ctx, part):
    end = time.monotonic() + 20
    while not any(part in text for text in texts(ctx)):
        assert time.monotonic() < end, texts(ctx)
        time.sleep(0.01)


def test_what_is_over_soon_shows_nothing(ctx, monkeypatch):
    monkeypatch.setattr(transfer_progress, "PATIENCE", 1000.0)
    with TransferProgress(ctx, "copying", 10) as progress:
        progress.update(10)
    assert ctx.displays == []


def test_a_long_transfer_tells_how_far_it_is_and_ends_as_one_line(ctx, hurry):
    with TransferProgress(ctx, "copying", 2048) as progress:
        progress.update(1024)
        shown(ctx, "copying: 1.0 KB of 2.0 KB, ")
        shown(ctx, " left")
    last, display_id, _ = ctx.displays[-1]
    assert last["text/plain"].startswith("2.0 KB in ")
    assert last["text/plain"].endswith("/s)")
    assert "<progress" not in last["text/html"]
    assert {shown_id for _, shown_id, _ in ctx.displays} == {display_id}
    assert any('<progress value="0.500"' in data["text/html"] for data, _, _ in ctx.displays)


def test_a_transfer_that_breaks_off_says_how_far_it_came(ctx, hurry):
    with pytest.raises(KeyboardInterrupt), TransferProgress(ctx, "copying", 2048) as progress:
        progress.update(512)
        shown(ctx, "copying: 512 bytes of 2.0 KB")
        raise KeyboardInterrupt
    assert texts(ctx)[-1] == "copying stopped after 512 bytes of 2.0 KB"
    assert "<progress" not in ctx.displays[-1][0]["text/html"]


def test_nobody_watches(ctx, hurry):
    ctx.is_watched = False
    with TransferProgress(ctx, "copying", 2048) as progress:
        progress.update(512)
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
    assert rate.add(13.0, 700) == pytest.approx(500 / transfer_progress.WINDOW, rel=0.3)


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
    with pytest.raises(KeyboardInterrupt), TransferProgress(ctx, "copying", 2048) as progress:
        progress.update(1)
        ctx.interrupted.set()
        elsewhere = threading.Thread(target=progress.update, args=(2,))
        elsewhere.start()
        elsewhere.join()
        progress.update(3)
    assert texts(ctx) in ([], ["copying stopped after 3 bytes of 2.0 KB"])
