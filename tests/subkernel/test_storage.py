"""What %store keeps: the same for us and for IPython, and whole for whoever looks."""

import datetime
import pickle
import threading

import numpy as np
import pytest
from IPython.external.pickleshare import PickleShareDB

from iot_kernel.subkernel import storage as module
from iot_kernel.subkernel.storage import Storage
from iot_kernel.values.errors import UnmovableValueError, VariableNotFoundError


@pytest.fixture
def root(tmp_path):
    return tmp_path / "db"


@pytest.fixture
def storage(root):
    return Storage(root)


@pytest.fixture
def ipython(root):
    """IPython's database at the same place."""
    return PickleShareDB(root)


def files(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


class TestIPython:
    def test_sees_what_is_stored(self, storage, ipython):
        storage.store("x", {"a": [1, b"\0"]})
        assert ipython["autorestore/x"] == {"a": [1, b"\0"]}
        assert ipython.keys("autorestore/*") == ["autorestore/x"]

    def test_stores_what_is_seen(self, storage, ipython):
        ipython["autorestore/x"] = (1, 2)
        ipython["autorestore/sub"] = 3
        assert storage.load("x") == (1, 2)
        assert storage.names() == ["sub", "x"]

    def test_sees_a_new_value_within_the_same_second(self, storage, ipython):
        for value in range(5):
            storage.store("x", value)
            assert ipython["autorestore/x"] == value
        assert storage.load("x") == 4

    def test_what_it_has_in_use_is_not_what_is_loaded(self, storage, ipython):
        storage.store("x", [1])
        ipython["autorestore/x"].append(2)
        assert storage.load("x") == [1]

    def test_sees_what_is_forgotten(self, storage, ipython):
        storage.store("x", 1)
        storage.forget(["x"])
        with pytest.raises(KeyError):
            ipython["autorestore/x"]

    def test_keeps_what_is_no_variable(self, storage, ipython):
        ipython["stored_aliases"] = {"ll": "ls -l"}
        storage.store("x", 1)
        storage.clear()
        assert ipython["stored_aliases"] == {"ll": "ls -l"}


class TestFiles:
    def test_only_their_owner_reads_them(self, storage, root):
        storage.store("x", 1)
        assert (root / "autorestore" / "x").stat().st_mode & 0o777 == 0o600

    def test_nothing_else_is_left(self, storage, root):
        storage.store("x", 1)
        assert files(root) == ["autorestore/x"]

    def test_a_value_that_cannot_be_written_leaves_the_old_one(self, storage, root):
        storage.store("x", 1)
        with pytest.raises((pickle.PicklingError, AttributeError)):
            storage.store("x", lambda: 0)
        assert storage.load("x") == 1
        assert files(root) == ["autorestore/x"]

    def test_readers_see_whole_values_only(self, storage):
        values = [bytes([number]) * 300_000 for number in range(2)]
        storage.store("x", values[0])
        done = threading.Event()

        def write():
            for number in range(60):
                storage.store("x", values[number % 2])
            done.set()

        writer = threading.Thread(target=write)
        writer.start()
        while not done.is_set():
            assert storage.load("x") in values
        writer.join()

    def test_a_file_that_is_being_written_is_waited_for(self, storage, root):
        storage.store("x", "whole")
        path = root / "autorestore" / "x"
        whole = path.read_bytes()
        path.write_bytes(whole[:-3])
        timer = threading.Timer(0.1, path.write_bytes, [whole])
        timer.start()
        assert storage.load("x") == "whole"
        timer.join()


class TestErrors:
    @pytest.fixture(autouse=True)
    def impatient(self, monkeypatch):
        monkeypatch.setattr(module, "LOOK_INTERVAL", 0.001)

    def test_nothing_is_there(self, storage):
        assert storage.names() == []
        assert storage.rows() == []
        storage.clear()
        with pytest.raises(VariableNotFoundError, match="no variable with name 'x' in storage"):
            storage.load("x")

    def test_of_several_one_is_not_there(self, storage):
        storage.store("a", 1)
        with pytest.raises(VariableNotFoundError, match="no variable with name 'b' in storage"):
            storage.forget(["a", "b"])
        assert storage.names() == ["a"]

    @pytest.mark.parametrize(
        ("data", "words"),
        [(b"", "EOFError"), (b"rubbish", "UnpicklingError"), (b"cnosuch\nthing\n.", "ModuleNotFoundError")],
    )
    def test_what_cannot_be_read(self, storage, root, data, words):
        storage.store("x", 1)
        (root / "autorestore" / "x").write_bytes(data)
        with pytest.raises(UnmovableValueError, match=rf"x: what is stored cannot be read \({words}"):
            storage.load("x")
        assert storage.rows() == [("x", "<unavailable>")]


def test_rows(storage):
    class Bad:
        def __repr__(self):
            raise ZeroDivisionError

    storage.store("b", "x" * 100)
    storage.store("a", np.arange(60))
    storage.store("c", datetime.date(2021, 7, 30))
    assert storage.rows() == [
        ("a", repr(np.arange(60)).replace("\n      ", "")[:70]),
        ("b", "'" + "x" * 69),
        ("c", "datetime.date(2021, 7, 30)"),
    ]
    assert all(len(text) <= 70 and "\n" not in text for _, text in storage.rows())
