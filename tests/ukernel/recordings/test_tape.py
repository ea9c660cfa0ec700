"""Samples on their way into one file, or into files that follow one another."""

import errno
import os
import struct

import pytest

from tests.ukernel.recordings.taped import ENDINGS, Message, open_tape, rows_in, tape_all
from ukernel.pipes import discovery
from ukernel.pipes.recording import record
from ukernel.pipes.recordings import tape as tapes
from ukernel.pipes.recordings.kinds import format_of
from ukernel.pipes.recordings.places import journal_of

every_kind = pytest.mark.parametrize("ending", ENDINGS)


@pytest.fixture
def at_once(monkeypatch):
    """Every sample is in the journal at once."""
    monkeypatch.setattr(tapes, "FLUSH_INTERVAL", 0)


@every_kind
def test_one_file(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    done = tape_all(path, [(1, 2.5), (3, 4.5)], labels=["x", "y"])
    assert (done.path, done.samples, done.files) == (path, 2, 1)
    assert format_of(path).read(path).columns == ["time", "x", "y"]
    assert rows_in(path) == [(1000.0, 1, 2.5), (1000.01, 3, 4.5)]
    assert list(tmp_path.iterdir()) == [path]


@every_kind
def test_a_file_is_full(tmp_path, ending, monkeypatch):
    monkeypatch.setattr(tapes, "PIECE", 100)
    path = tmp_path / f"a{ending}"
    done = tape_all(path, map(float, range(2000)), rotate=20_000)
    assert done.samples == 2000
    files = sorted(path.iterdir())
    assert len(files) == done.files > 1
    assert files[1].name == f"part-000002{ending}"
    assert [row[-1] for row in rows_in(path)] == list(range(2000))
    journal_sizes = [len(rows_in(file)) for file in files]
    assert max(journal_sizes[:-1]) - min(journal_sizes[:-1]) <= 100


@every_kind
def test_the_time_of_a_file_is_over(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    tape_all(path, range(10), rotate="2 s", step=0.5)
    assert [len(rows_in(file)) for file in sorted(path.iterdir())] == [4, 4, 2]


@every_kind
def test_losses_stand_at_the_sample_behind_them(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    tape_all(path, range(4), rotate="2 s", step=1, clock=5, lost={2: 7, 3: 7})
    assert format_of(path).read(path / f"part-000001{ending}").columns == ["time", "clock", "lost", "value"]
    assert [row[1:3] for row in rows_in(path)] == [(5, 0), (6, 0), (7, 7), (8, 0)]


@every_kind
def test_recording_goes_on_behind_what_is_there(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    tape_all(path, range(3), rotate="1 h")
    (path / f"part-000007{ending}").write_bytes((path / f"part-000001{ending}").read_bytes())
    assert tape_all(path, range(3, 5), rotate="1 h").files == 1
    names = [file.name for file in sorted(path.iterdir())]
    assert names == [f"part-{number:06d}{ending}" for number in (1, 7, 8)]
    assert [row[-1] for row in rows_in(path)] == [0, 1, 2, 0, 1, 2, 3, 4]


@every_kind
def test_files_of_a_set_have_the_same_columns(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    tape_all(path, range(3), rotate="1 h")
    with pytest.raises(
        ValueError, match=r"its files have the columns time, lost, value, these samples time, lost, x; rec"
    ):
        tape_all(path, range(3), rotate="1 h", labels=["x"])
    assert len(rows_in(path)) == 3


@every_kind
def test_what_a_killed_recording_left_of_a_set(tmp_path, ending, at_once):
    path = tmp_path / f"a{ending}"
    tape_all(path, range(2), rotate="1 h")
    _killed(path, [2, 3], rotate="1 h")
    assert len(rows_in(path)) == 2
    with pytest.warns(RuntimeWarning, match=f"was cut short; what it had is in part-000002{ending} now"):
        tape_all(path, [4], rotate="1 h")
    assert [row[-1] for row in rows_in(path)] == [0, 1, 2, 3, 4]
    assert [file.name for file in sorted(path.iterdir())] == [f"part-{n:06d}{ending}" for n in (1, 2, 3)]


def test_the_warning_stands_where_record_was_called(tmp_path, at_once, monkeypatch):
    monkeypatch.setattr(discovery, "PATIENCE", 0)
    path = tmp_path / "a.csv"
    _killed(path, [1])
    with pytest.warns(RuntimeWarning, match="was cut short") as warned, pytest.raises(ConnectionError):
        record("adc", path, n=1, port=1)
    assert warned[0].filename == __file__


@every_kind
def test_what_a_killed_recording_left_of_a_file(tmp_path, ending, at_once):
    path = tmp_path / f"a{ending}"
    tape_all(path, [1])
    _killed(path, [2, 3])
    assert [row[-1] for row in rows_in(path)] == [1]
    with pytest.warns(RuntimeWarning, match=f"what it had is in a-rescued-1{ending} now"):
        tape_all(path, [4])
    assert [row[-1] for row in rows_in(path)] == [4]
    assert [row[-1] for row in rows_in(tmp_path / f"a-rescued-1{ending}")] == [2, 3]


@every_kind
@pytest.mark.parametrize("missing", range(1, 120, 7))
def test_a_journal_that_ends_anywhere(tmp_path, ending, at_once, missing):
    """A disk that is full, or a computer that has stopped, cuts where it likes."""
    path = tmp_path / f"a{ending}"
    _killed(path, [1.25, 2.5, 3.75])
    journal = journal_of(path)
    journal.write_bytes(journal.read_bytes()[:-missing])
    kind = format_of(path)
    if kind.finish(journal, path):
        values = [row[-1] for row in rows_in(path)]
        assert values == [1.25, 2.5, 3.75][: len(values)]
        assert len(values) >= 1 or missing > 20
    assert not journal.exists()


@every_kind
def test_a_journal_without_a_row_leaves_no_file(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    _killed(path, [1.0])
    tape_all(path, [2.0])
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@every_kind
@pytest.mark.parametrize("rotate", [None, "1 h"])
def test_two_recordings_at_the_same_place(tmp_path, ending, rotate):
    path = tmp_path / f"a{ending}"
    first, place = open_tape(path, rotate)
    first.take(Message(1.0), 1.0)
    with place:
        with pytest.raises(BlockingIOError, match=f"a{ending}: another recording is being written there"):
            open_tape(path, rotate)
        first.end()
    assert len(rows_in(path)) == 1


@every_kind
def test_another_recording_that_begins_first(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    (first, _), (second, _) = open_tape(path), open_tape(path)
    first.take(Message(1.0), 1.0)
    with pytest.raises(BlockingIOError, match="another recording is being written there"):
        second.take(Message(1.0), 2.0)
    first.end()
    assert [row[-1] for row in rows_in(path)] == [1.0]


@pytest.mark.parametrize("values", [[1, 2.5, None, 3], [None, 1], [1, 2**53]])
def test_numbers_of_several_kinds_in_parquet(tmp_path, at_once, values):
    tape_all(tmp_path / "a.parquet", values)
    assert [row[-1] for row in rows_in(tmp_path / "a.parquet")] == values


def test_a_set_keeps_the_kinds_of_its_columns(tmp_path, at_once):
    path = tmp_path / "a.parquet"
    tape_all(path, [1.5], rotate="1 h")
    tape_all(path, [2], rotate="1 h")
    assert [type(row[-1]) for row in rows_in(path)] == [float, float]
    with pytest.raises(
        ValueError, match="column 'value' cannot hold these samples, as files of this set hold double there"
    ):
        tape_all(path, [3, "text"], rotate="1 h")
    assert [row[-1] for row in rows_in(path)] == [1.5, 2.0, 3.0]


@pytest.mark.parametrize("interval", [0, 60])
def test_samples_that_change_their_kind(tmp_path, monkeypatch, interval):
    monkeypatch.setattr(tapes, "FLUSH_INTERVAL", interval)
    with pytest.raises(ValueError, match=r"samples have changed their kind|cannot hold these samples"):
        tape_all(tmp_path / "a.parquet", [1, 2, "text", 3])
    assert [row[-1] for row in rows_in(tmp_path / "a.parquet")] == [1, 2]


def test_messages_as_they_are_in_parquet(tmp_path):
    messages = [struct.pack("<f", 1.5) + b"\0\0", b""]
    tape_all(tmp_path / "a.parquet", messages, labels=["message"])
    assert [row[-1] for row in rows_in(tmp_path / "a.parquet")] == messages


def test_what_npz_cannot_hold(tmp_path):
    with pytest.raises(ValueError, match=r"column 'value': \.npz files hold numbers and texts, not \{\}"):
        tape_all(tmp_path / "a.npz", [{}])


@every_kind
def test_a_directory_where_a_file_should_be_and_the_other_way_round(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    path.touch()
    with pytest.raises(NotADirectoryError, match="is a file; with rotate= it is a directory of files"):
        open_tape(path, "1 h")
    path.unlink()
    path.mkdir()
    with pytest.raises(IsADirectoryError, match="is a directory; rotate= records to one"):
        open_tape(path)


def _killed(path, values, rotate=None):
    """A recording whose process was killed: its journal, and nobody who has it open."""
    tape, place = open_tape(path, rotate)
    for number, value in enumerate(values):
        tape.take(Message(1000.0 + number), value)
    place.release()
    journal = tape._journal
    journal.path.write_bytes(journal.path.read_bytes())  # as of now: what closing adds goes to the old one
    journal.path.rename(kept := journal.path.with_suffix(".kept"))
    content = kept.read_bytes()
    kept.unlink()
    journal.close()
    journal.path.write_bytes(content)


@every_kind
@pytest.mark.parametrize("rotate", [None, "1 h"])
def test_a_disk_that_is_too_full_for_the_file(tmp_path, ending, rotate, monkeypatch):
    """The journal fits on it, and what is made of the journal does not."""
    path = tmp_path / f"a{ending}"
    kind = type(format_of(path))

    def full(self, journal, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(kind, "finish", full)
        with pytest.raises(
            OSError, match=r"No space left on device: .* what came before is in .*\.part: replay"
        ):
            tape_all(path, [1.0, 2.0], rotate=rotate)
    with pytest.warns(RuntimeWarning, match="was cut short"):
        tape_all(path, [3.0], rotate=rotate)
    rescued = path if rotate else tmp_path / f"a-rescued-1{ending}"
    assert [row[-1] for row in rows_in(rescued)][:2] == [1.0, 2.0]


@pytest.mark.parametrize("ending", [".csv", ".npz"])
@pytest.mark.parametrize("sample", [b"a\0", (1.0, b"a")])
def test_bytes_are_not_recorded_where_they_would_be_lost(tmp_path, ending, sample):
    path = tmp_path / f"a{ending}"
    with pytest.raises(TypeError, match=r"a\..*: a sample is bytes, which only \.parquet holds"):
        tape_all(path, [sample])
    assert list(tmp_path.iterdir()) == []
