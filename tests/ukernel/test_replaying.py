"""`replay`: a recording read as a pipe, and what becomes of recordings that are none."""

import asyncio
import itertools
import math
import struct
import threading
import time
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.ukernel.recordings.taped import ENDINGS, Message, open_tape, tape_all
from ukernel.pipes import collect, record, replay, stream
from ukernel.pipes.framing import PipeError
from ukernel.pipes.recordings import csv_format, formats, npz_format, parquet_format
from ukernel.pipes.recordings.formats import RecordingError
from ukernel.pipes.recordings.places import journal_of

every_kind = pytest.mark.parametrize("ending", ENDINGS)
either = pytest.mark.parametrize("rotate", [None, "2 s"])


def played(path, **options):
    with replay(path, speed=math.inf, **options) as pipe:
        return list(pipe)


@every_kind
@either
def test_the_messages_come_again(tmp_path, ending, rotate):
    path = tmp_path / f"a{ending}"
    tape_all(path, [(0.5, 1), (-2.0, 3)] * 5, rotate=rotate, step=1)
    assert played(path) == [struct.pack("<ff", 0.5, 1), struct.pack("<ff", -2.0, 3)] * 5


@every_kind
@either
def test_stamps_losses_and_the_end(tmp_path, ending, rotate):
    path = tmp_path / f"a{ending}"
    tape_all(path, range(6), rotate=rotate, step=1, clock=1073, lost={2: 4, 3: 4, 4: 5, 5: 5})
    with replay(path, speed=math.inf) as pipe:
        assert (pipe.name, pipe.label, pipe.closed, pipe.ask()) == ("a", "a", False, {"open": True})
        seen = [(pipe.arrived, pipe.clock, pipe.lost) for _ in pipe]
        assert pipe.closed
        assert pipe.read() is None
    losses = [0, 0, 4, 4, 5, 5] if rotate else [0] * 6
    clocks = [(1_073_000_000 + number * 1_000_000) % 2**30 for number in range(6)]
    assert seen == list(zip([1000.0 + n for n in range(6)], clocks, losses, strict=True))


@every_kind
def test_collect_gets_the_samples_as_they_are(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    tape_all(path, [0.1, 1e300, -5], clock=3, step=0.5)
    timed = collect(replay(path, speed=math.inf), n=10, timestamps=True)
    assert timed.values.tolist() == [0.1, 1e300, -5]
    assert (timed.clock, timed.times.tolist()) == ("board", pytest.approx([1000.0, 1000.5, 1001.0]))


@every_kind
def test_a_decoder_gets_the_messages(tmp_path, ending):
    tape_all(tmp_path / f"a{ending}", [(1, 2), (3, 4)])
    pipe = replay(tmp_path / f"a{ending}", speed=math.inf, encoder=struct.Struct("<hh").pack)
    assert collect(pipe, n=2, decoder=struct.Struct("<hh").unpack).tolist() == [[1, 2], [3, 4]]


def test_messages_that_were_recorded_as_they_are(tmp_path):
    messages = [b"", b"\0\0", b"text"]
    tape_all(tmp_path / "a.parquet", messages, labels=["message"])
    assert played(tmp_path / "a.parquet") == messages
    assert collect(replay(tmp_path / "a.parquet", speed=math.inf), n=3).tolist() == messages


def test_samples_that_are_no_floats(tmp_path):
    tape_all(tmp_path / "a.parquet", ["text"])
    with pytest.raises(
        RecordingError, match=r"\('text',\) are no 32-bit floats: say what the messages were with encoder="
    ):
        played(tmp_path / "a.parquet")
    assert collect(replay(tmp_path / "a.parquet", speed=math.inf), n=1).tolist() == ["text"]
    with pytest.raises(RecordingError, match="a message is up to 65,535 bytes, not 'text'"):
        played(tmp_path / "a.parquet", encoder=str)


@every_kind
def test_recorded_again_in_another_form(tmp_path, ending):
    tape_all(tmp_path / "a.parquet", [(1, 0.5), (2, 1.5)], labels=["x", "y"], clock=7)
    done = record(replay(tmp_path / "a.parquet", speed=math.inf), tmp_path / f"b{ending}", progress=False)
    assert done.samples == 2
    again = replay(tmp_path / f"b{ending}", speed=math.inf)
    assert again.labels == ["x", "y"]
    assert [(data, again.arrived, again.clock) for data in again] == [
        (struct.pack("<ff", 1, 0.5), 1000.0, 7_000_000),
        (struct.pack("<ff", 2, 1.5), 1000.01, 7_010_000),
    ]


def test_several_recordings_at_the_same_time(tmp_path):
    tape_all(tmp_path / "a.csv", range(5))
    tape_all(tmp_path / "b.npz", range(5, 10))
    found = collect([replay(tmp_path / name, speed=math.inf) for name in ("a.csv", "b.npz")], n=5)
    assert {name: values.tolist() for name, values in found.items()} == {
        "a": [0, 1, 2, 3, 4],
        "b": [5, 6, 7, 8, 9],
    }


def test_stream(tmp_path):
    tape_all(tmp_path / "a.csv", range(5), clock=1)

    async def read():
        async with stream(replay(tmp_path / "a.csv", speed=math.inf)) as messages:
            return [(data, messages.arrived, messages.clock, messages.lost) async for data in messages]

    found = asyncio.run(read())
    assert [data for data, *_ in found] == [struct.pack("<f", number) for number in range(5)]
    assert found[1][1:] == (1000.01, 1_010_000, 0)


def test_a_stream_that_is_left_while_it_waits(tmp_path):
    tape_all(tmp_path / "a.csv", range(2), step=3600)

    async def read():
        async with stream(replay(tmp_path / "a.csv")) as messages:
            assert await anext(messages) == struct.pack("<f", 0)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(messages), 0.05)

    asyncio.run(read())


class _Clock:
    """Time that passes only when somebody waits."""

    def __init__(self):
        self.now = 50.0

    def wait(self, seconds):
        self.now += seconds


@pytest.mark.parametrize(
    ("speed", "pauses"), [(1, [1.0, 2.0, 4.0]), (4, [0.25, 0.5, 1.0]), (math.inf, [0, 0, 0])]
)
def test_its_pace(tmp_path, monkeypatch, speed, pauses):
    tape, _ = open_tape(tmp_path / "a.csv")
    for at in (100.0, 101.0, 103.0, 107.0):
        tape.take(Message(at), at)
    tape.end()
    pipe = replay(tmp_path / "a.csv", speed=speed)
    clock = _Clock()
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    monkeypatch.setattr(pipe._is_closing, "wait", clock.wait)
    seen = [clock.now for _ in pipe]
    assert [b - a for a, b in itertools.pairwise(seen)] == pytest.approx(pauses)


def test_a_clock_that_was_set_back_meanwhile(tmp_path):
    tape, _ = open_tape(tmp_path / "a.csv")
    for at in (5000.0, 100.0, 5000.0):
        tape.take(Message(at), at)
    tape.end()
    with replay(tmp_path / "a.csv") as pipe:
        assert [pipe.arrived for _ in pipe] == [5000.0, 100.0, 5000.0]


def test_reading_with_a_time_limit(tmp_path):
    tape_all(tmp_path / "a.csv", range(2), step=3600)
    with replay(tmp_path / "a.csv") as pipe:
        assert pipe.read(0) == struct.pack("<f", 0)
        assert pipe.read(0) is None
        assert pipe.read(0.01) is None
        assert not pipe.closed


def test_closed_by_another_thread(tmp_path):
    tape_all(tmp_path / "a.csv", range(2), step=3600)
    pipe = replay(tmp_path / "a.csv")
    timer = threading.Timer(0.1, pipe.close)
    timer.start()
    assert len(list(pipe)) == 1
    timer.join()
    pipe.close()
    assert repr(pipe) == f"<replay of {tmp_path / 'a.csv'}, closed>"


@every_kind
@pytest.mark.parametrize("rotate", [None, "1 h"])
def test_a_recording_under_way(tmp_path, ending, rotate):
    path = tmp_path / f"a{ending}"
    tape, place = open_tape(path, rotate)
    with place:
        for number in range(3):
            tape.take(Message(1000.0 + number), float(number))
        tape._flush()
        assert len(played(path)) == 3
        tape.end()


@every_kind
def test_a_set_of_which_a_file_is_finished_meanwhile(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    tape, place = open_tape(path, "2 s")
    with place:
        for number in range(4):
            tape.take(Message(1000.0 + number), float(number))
        tape._flush()
        pipe = replay(path, speed=math.inf)
        tape.end()
    assert len(list(pipe)) == 4


# What is no recording


@every_kind
def test_no_such_file(tmp_path, ending):
    with pytest.raises(FileNotFoundError):
        replay(tmp_path / f"a{ending}")


@every_kind
def test_nothing_in_it(tmp_path, ending):
    (tmp_path / f"a{ending}").touch()
    with pytest.raises(RecordingError, match=rf"a\{ending}: is (empty|no \{ending} file)"):
        replay(tmp_path / f"a{ending}")
    (tmp_path / f"set{ending}").mkdir()
    with pytest.raises(RecordingError, match=f"holds no files of a recording, such as part-000001{ending}"):
        replay(tmp_path / f"set{ending}")


@every_kind
@pytest.mark.parametrize(
    "content", [b"\0" * 1000, b"PK\x03\x04 and more", b"PAR1" + bytes(100) + b"PAR1", b"\xff,\xfe\n"]
)
def test_something_else(tmp_path, ending, content):
    (tmp_path / f"a{ending}").write_bytes(content)
    with pytest.raises(RecordingError, match=rf"a\{ending}: "):
        played(tmp_path / f"a{ending}")


@every_kind
def test_cut_off_anywhere(tmp_path, ending):
    """Nothing but whole samples, and then the word that it is cut off."""
    path = tmp_path / f"a{ending}"
    tape_all(path, [1.25, 2.5, 3.75])
    whole = path.read_bytes()
    for length in range(1, len(whole) - 1, 11):
        if whole[:length].endswith(b"\n"):
            continue  # that is a whole file of lines
        path.write_bytes(whole[:length])
        found = []
        with pytest.raises(RecordingError, match=rf"a\{ending}"), replay(path, speed=math.inf) as pipe:
            found.extend(pipe)
        assert found == [struct.pack("<f", value) for value in (1.25, 2.5, 3.75)][: len(found)]


@every_kind
def test_any_byte_may_be_wrong(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    tape_all(path, [1.25, 2.5, 3.75])
    whole = bytearray(path.read_bytes())
    for place in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        path.write_bytes(damaged)
        try:
            played(path)
        except RecordingError as error:
            assert f"a{ending}" in str(error)


def test_an_error_behind_the_last_good_sample(tmp_path):
    (tmp_path / "a.csv").write_text("time,value\r\n1.0,5\r\n2.0,6\r\n3.0\r\n")
    with replay(tmp_path / "a.csv", speed=math.inf) as pipe:
        assert [pipe.read(), pipe.read()] == [struct.pack("<f", 5), struct.pack("<f", 6)]
        with pytest.raises(PipeError, match="line 4 has 1 values, not 2"):
            pipe.read()
        assert pipe.closed


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("value\r\n1\r\n", "is no recording: it has no column 'time' \\(its columns: 'value'"),
        ("time,value,value\r\n", "two columns have the same name"),
        ("time,value\r\nnow,1\r\n", "sample 1 has no time, but 'now'"),
        ("time,value\r\nnan,1\r\n", "sample 1 has no time, but nan"),
        ("time,clock,value\r\n1,inf,1\r\n", "sample 1 has no time, but inf"),
        ("time,lost,value\r\n1,-4,1\r\n", "sample 1 has -4 in the column 'lost'"),
        ("time,value\r\n1.0,5", "its last line is cut off"),
    ],
)
def test_tables_that_are_no_recordings(tmp_path, text, match):
    (tmp_path / "a.csv").write_text(text, newline="")
    with pytest.raises(RecordingError, match=match):
        played(tmp_path / "a.csv")


def test_a_line_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_format, "LONGEST_LINE", 1000)
    (tmp_path / "a.csv").write_text("time,value\n1,2\n" + "x" * 5000)
    with pytest.raises(RecordingError, match="a line is too long"):
        played(tmp_path / "a.csv")


def test_files_of_a_set_that_differ(tmp_path):
    path = tmp_path / "a.csv"
    tape_all(path, [1], rotate="1 h")
    (path / "part-000002.csv").write_text("time,other\r\n1,2\r\n")
    with replay(path, speed=math.inf) as pipe:
        assert pipe.read() is not None
        with pytest.raises(
            RecordingError, match=r"part-000002\.csv: has the columns time, other, where the files before"
        ):
            pipe.read()


@pytest.mark.parametrize(
    ("arrays", "match"),
    [
        ({"time": np.zeros(3), "value": np.zeros(2)}, "its columns have different lengths"),
        ({"time": np.zeros((2, 2))}, r"is an array of shape \(2, 2\) and type float64"),
        ({"time": np.array([{}])}, "type object, which recordings do not have"),
        ({"value": np.zeros(3)}, "it has no column 'time'"),
    ],
)
def test_arrays_that_are_no_recordings(tmp_path, arrays, match):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(RecordingError, match=match):
        played(tmp_path / "a.npz")


def test_an_archive_that_unfolds_to_more_than_memory(tmp_path, monkeypatch):
    """A million million zeros, as the head says; it is read a piece at a time, and ends early."""
    monkeypatch.setattr(npz_format, "PIECE", 100)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("time", "value"):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array_header_1_0(
                    file, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
                )
                file.write(bytes(8 * 250))
    with replay(tmp_path / "a.npz", speed=math.inf) as pipe:
        assert sum(1 for _ in itertools.islice(pipe, 200)) == 200
        with pytest.raises(RecordingError, match=r"column 'time\.npy' is cut off"):
            pipe.read()


def test_groups_of_rows_that_are_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_format, "LARGEST_GROUP", 100)
    pq.write_table(pa.table({"time": np.arange(1000.0), "value": np.arange(1000.0)}), tmp_path / "a.parquet")
    with pytest.raises(RecordingError, match="groups of rows that are larger than those of recordings"):
        played(tmp_path / "a.parquet")


def test_too_many_columns(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "MOST_COLUMNS", 3)
    (tmp_path / "a.csv").write_text("time,a,b,c\n")
    with pytest.raises(RecordingError, match="has 4 columns, more than any recording"):
        replay(tmp_path / "a.csv")


@every_kind
@pytest.mark.parametrize("junk", [b"", b"\0" * 64, b"\xff" * 500])
def test_a_journal_that_is_none(tmp_path, ending, junk):
    path = tmp_path / f"a{ending}"
    journal_of(path).write_bytes(junk)
    with pytest.raises(RecordingError, match=f"a{ending}"):
        played(path)


@pytest.mark.parametrize(
    ("options", "kind", "match"),
    [
        ({"speed": 0}, ValueError, "speed must be more than 0"),
        ({"speed": math.nan}, ValueError, "speed must be more than 0"),
        ({"speed": "2"}, TypeError, "speed must be a number, not '2'"),
        (
            {"encoder": "<f"},
            TypeError,
            r"encoder must be a function, not '<f': struct\.Struct\('<f'\)\.pack is one",
        ),
    ],
)
def test_nonsense(tmp_path, options, kind, match):
    tape_all(tmp_path / "a.csv", [1])
    with pytest.raises(kind, match=match):
        replay(tmp_path / "a.csv", **options)


def test_another_kind_of_file(tmp_path):
    with pytest.raises(ValueError, match=r"a recording is a \.csv or \.npz or \.parquet file"):
        replay(tmp_path / "a.txt")
