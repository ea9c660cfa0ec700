"""Recording a pipe to files, and what is left of one that ends early."""

import csv
import signal
import struct
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ukernel.pipes import recording
from ukernel.pipes.client import subscribe
from ukernel.pipes.recording import record
from ukernel.pipes.recordings import kinds, places, tape
from ukernel.pipes.recordings.csv_format import CsvFormat


@pytest.fixture
def place(kernel):
    return {"port": kernel.port, "token": kernel.token}


@pytest.fixture
def feed(kernel):
    """Writes messages once somebody has subscribed, and closes the pipe."""
    threads = []

    def start(messages, skip=0, stamps=False):
        def run():
            kernel.wait_for("adc")
            for data in messages:
                kernel.board.write("adc", data)
            if skip:
                kernel.board.skip("adc", skip)
                kernel.board.write("adc", messages[-1])
            kernel.board.close("adc")

        kernel.board.open("adc", stamps=stamps)
        threads.append(threading.Thread(target=run))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join()


def floats(count):
    return [struct.pack("<f", number) for number in range(count)]


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_csv(feed, place, tmp_path, capsys):
    feed(floats(3))
    done = record("adc", tmp_path / "a.csv", **place)
    heading, *rows = rows_of(done.path)
    assert heading == ["time", "value"]
    assert [float(row[1]) for row in rows] == [0, 1, 2]
    assert (done.samples, done.lost) == (3, 0)
    assert list(tmp_path.glob("*.csv")) == [done.path]
    assert capsys.readouterr().out.endswith(f"adc: 3 samples in {done.seconds:.1f} s -> {done.path}\n")


def test_the_clock_of_the_board(feed, place, tmp_path):
    stamps = [2**30 - 1_000_000, 2**30 - 500_000, 0]
    feed([struct.pack("<If", stamp, 1.5) for stamp in stamps], stamps=True)
    done = record("adc", tmp_path / "a.csv", progress=False, **place)
    heading, *rows = rows_of(done.path)
    assert heading == ["time", "clock", "value"]
    assert [row[1:] for row in rows] == [
        ["1072.741824", "1.5"],
        ["1073.241824", "1.5"],
        ["1073.741824", "1.5"],
    ]


def test_npz_with_several_columns(feed, place, tmp_path):
    feed([struct.pack("<fff", n, n + 1, n + 2) for n in range(4)])
    decoder = struct.Struct("<fff").unpack
    done = record("adc", tmp_path / "a.npz", decoder=decoder, labels=["x", "y", "z"], progress=False, **place)
    with np.load(done.path) as arrays:
        assert sorted(arrays) == ["time", "x", "y", "z"]
        assert arrays["y"].tolist() == [1, 2, 3, 4]
        assert (np.diff(arrays["time"]) >= 0).all()


@pytest.mark.parametrize("piece", [2, 10_000])
def test_parquet(feed, place, tmp_path, monkeypatch, piece):
    monkeypatch.setattr(tape, "PIECE", piece)
    import pyarrow.parquet as pq

    feed(floats(5))
    done = record("adc", tmp_path / "a.parquet", progress=False, **place)
    assert pq.read_table(done.path).to_pydict()["value"] == [0, 1, 2, 3, 4]


def test_a_limit(feed, place, tmp_path):
    feed(floats(10))
    assert record("adc", tmp_path / "a.csv", n=4, progress=False, **place).samples == 4


def test_losses_are_told(feed, place, tmp_path, capsys):
    feed(floats(2), skip=3)
    assert record("adc", tmp_path / "a.csv", **place).lost == 3
    assert ", 3 lost -> " in capsys.readouterr().out


def test_no_progress(feed, place, tmp_path, capsys):
    feed(floats(1))
    record("adc", tmp_path / "a.csv", progress=False, **place)
    assert capsys.readouterr().out == ""


def test_what_was_recorded_before_an_error_is_kept(feed, place, tmp_path):
    feed([*floats(2), b"odd"])
    with pytest.raises(struct.error):
        record("adc", tmp_path / "a.csv", progress=False, **place)
    assert len(rows_of(tmp_path / "a.csv")) == 3


@pytest.fixture
def interrupted():
    """A decoder that sees Ctrl-C come with the third message."""

    def decode(data):
        if data == floats(3)[2]:
            signal.raise_signal(signal.SIGINT)
        return 1.0

    return decode


def test_an_interrupt_ends_a_recording_without_limits(feed, place, tmp_path, interrupted):
    feed(floats(5))
    done = record("adc", tmp_path / "a.npz", decoder=interrupted, progress=False, **place)
    assert done.samples == 2
    with np.load(tmp_path / "a.npz") as arrays:
        assert arrays["value"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("limit", [{"n": 5}, {"seconds": 600}])
def test_an_interrupt_before_the_limit_keeps_the_file_and_is_raised(
    feed, place, tmp_path, interrupted, limit
):
    feed(floats(5))
    with pytest.raises(KeyboardInterrupt):
        record("adc", tmp_path / "a.csv", decoder=interrupted, progress=False, **limit, **place)
    assert len(rows_of(tmp_path / "a.csv")) == 3


def test_an_interrupt_before_the_first_sample(feed, place, tmp_path, interrupted):
    feed(floats(3)[2:])
    with pytest.raises(KeyboardInterrupt):
        record("adc", tmp_path / "a.csv", decoder=interrupted, **place)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_tears_nothing_that_is_being_written(feed, place, tmp_path, monkeypatch):
    def interrupted(do):
        def work(*arguments):
            signal.raise_signal(signal.SIGINT)
            return do(*arguments)

        return work

    class Interrupted(CsvFormat):
        """Ctrl-C meets it in the middle of its work."""

        def journal(self, path, columns, like=None):
            journal = super().journal(path, columns, like)
            journal.write, journal.close = interrupted(journal.write), interrupted(journal.close)
            return journal

    monkeypatch.setattr(tape, "PIECE", 2)
    monkeypatch.setattr(recording, "format_of", lambda path: Interrupted())
    before = signal.getsignal(signal.SIGINT)
    feed(floats(5))
    with pytest.raises(KeyboardInterrupt):
        record("adc", tmp_path / "a.csv", progress=False, **place)
    assert signal.getsignal(signal.SIGINT) is before
    assert len(rows_of(tmp_path / "a.csv")) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_recorded_in_another_thread(feed, place, tmp_path):
    feed(floats(3))
    with ThreadPoolExecutor() as pool:
        done = pool.submit(record, "adc", tmp_path / "a.csv", progress=False, **place).result()
    assert done.samples == 3


@pytest.mark.parametrize("name", ["A.CSV", "A.Npz"])
def test_large_letters_in_the_ending(feed, place, tmp_path, name):
    feed(floats(3))
    record("adc", tmp_path / name, progress=False, **place)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("wrong", [{"decoder": "<f"}, {"labels": 5}, {"labels": [1]}])
def test_arguments_of_the_wrong_kind(place, tmp_path, wrong):
    with pytest.raises(TypeError, match=r"decoder must be a function|labels must be texts"):
        record("adc", tmp_path / "a.csv", **wrong, **place)


def test_nothing_came(feed, place, tmp_path):
    feed([])
    with pytest.raises(TimeoutError, match="the pipe was closed"):
        record("adc", tmp_path / "a.csv", **place)
    assert not list(tmp_path.glob("*.csv"))


@pytest.mark.parametrize(
    ("options", "match"),
    [({"labels": ["a", "b"]}, "2 labels for samples of 1 values"), ({"n": 0}, "at least 1")],
)
def test_nonsense(feed, place, tmp_path, options, match):
    if "labels" in options:
        feed(floats(1))
    with pytest.raises(ValueError, match=match):
        record("adc", tmp_path / "a.csv", **options, **place)


@pytest.mark.parametrize(("labels", "stamps"), [(["time"], False), (["clock"], True), (["clock"], False)])
def test_names_of_columns_differ(feed, place, tmp_path, labels, stamps):
    feed([struct.pack("<If", 0, 1.5) if stamps else struct.pack("<f", 1.5)], stamps=stamps)
    if labels == ["clock"] and not stamps:
        assert record("adc", tmp_path / "a.csv", labels=labels, progress=False, **place).samples == 1
        return
    with pytest.raises(ValueError, match="columns need different names: time"):
        record("adc", tmp_path / "a.csv", labels=labels, progress=False, **place)


def test_samples_that_change_their_shape(feed, place, tmp_path):
    feed([b"1", b"22"])
    with pytest.raises(ValueError, match="a sample of 2 values, where 1 are expected"):
        record("adc", tmp_path / "a.csv", decoder=tuple, progress=False, **place)


@pytest.mark.parametrize("name", ["a.txt", "a", "a.csv.gz"])
def test_other_kinds_of_files(place, tmp_path, name):
    with pytest.raises(ValueError, match=r"a \.csv or \.npz or \.parquet file"):
        record("adc", tmp_path / name, **place)


def test_no_such_directory(place, tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no directory"):
        record("adc", tmp_path / "none" / "a.csv", **place)


def test_a_package_that_is_missing(place, tmp_path, monkeypatch):
    monkeypatch.setattr(kinds, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"need the package numpy \(in a %%host cell: %pip install numpy\)"):
        record("adc", tmp_path / "a.npz", **place)


def test_labels_that_numpy_has_other_plans_for(feed, place, tmp_path):
    labels = ["file", "allow_pickle"]
    feed([struct.pack("<ff", 1, 2)] * 2)
    record("adc", tmp_path / "a.npz", decoder=struct.Struct("<ff").unpack, labels=labels, **place)
    with np.load(tmp_path / "a.npz") as arrays:
        assert arrays["file"].tolist() == [1.0, 1.0]
        assert arrays["allow_pickle"].tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    ("decoder", "row"),
    [
        (lambda data: np.frombuffer(data, "<f4"), ["1.0", "2.0"]),
        (lambda data: np.frombuffer(data, "<f4")[0], ["1.0"]),
    ],
)
def test_decoders_of_numpy(feed, place, tmp_path, decoder, row):
    feed([struct.pack("<ff", 1, 2)])
    record("adc", tmp_path / "a.csv", decoder=decoder, **place)
    assert rows_of(tmp_path / "a.csv")[1][1:] == row


def test_a_link_stays_one(feed, place, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "a.csv").symlink_to(tmp_path / "there" / "b.csv")
    feed(floats(2))
    record("adc", tmp_path / "a.csv", **place)
    assert (tmp_path / "a.csv").is_symlink()
    assert len(rows_of(tmp_path / "there" / "b.csv")) == 3


def test_a_path_of_home(feed, place, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    feed(floats(2))
    assert record("adc", "~/a.csv", **place).path == tmp_path / "a.csv"


def test_a_directory_of_that_name_is_told_before_anything_is_recorded(place, tmp_path):
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(IsADirectoryError, match=r"a\.csv: is a directory"):
        record("adc", tmp_path / "a.csv", **place)


@pytest.mark.parametrize("what", ["the directory", "right to change it"])
def test_no_right_to_write(place, tmp_path, monkeypatch, what):
    """Root has every right, so the system's answer is that of another user."""
    path = tmp_path / "a.csv"
    path.touch()
    refused = tmp_path if what == "the directory" else path
    monkeypatch.setattr(places.os, "access", lambda asked, _: asked != refused)
    with pytest.raises(PermissionError, match=what):
        record("adc", path, **place)


def test_files_that_follow_one_another(feed, place, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(tape, "PIECE", 500)
    feed(floats(2000), skip=3)
    done = record("adc", tmp_path / "a.csv", rotate="20 kB", **place)
    files = sorted((tmp_path / "a.csv").iterdir())
    assert [file.name for file in files] == [f"part-{number + 1:06d}.csv" for number in range(done.files)]
    rows = [row for file in files for row in rows_of(file)[1:]]
    assert rows_of(files[-1])[0] == ["time", "lost", "value"]
    assert [float(row[2]) for row in rows] == [*range(2000), 1999]
    assert rows[-1][1] == "3"
    assert capsys.readouterr().out.endswith(f" s, 3 lost -> {done.path} ({done.files} files)\n")


def test_a_pipe_that_is_open(feed, place, tmp_path):
    feed(floats(4))
    with subscribe("adc", **place) as pipe:
        assert record(pipe, tmp_path / "a.csv", n=2, progress=False).samples == 2
        assert record(pipe, tmp_path / "b.csv", n=2, progress=False).samples == 2


def test_rotate_that_makes_no_sense(place, tmp_path):
    with pytest.raises(ValueError, match="rotate must be a size such as '100 MB'"):
        record("adc", tmp_path / "a.csv", rotate="daily", **place)
    assert list(tmp_path.iterdir()) == []
