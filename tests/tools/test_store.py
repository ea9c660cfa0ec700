"""A name in the cache is there complete or not at all."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tools import store
from tools.store import UnavailableError

WAIT_SECONDS = 30.0


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IOT_KERNEL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write_file(directory: Path) -> None:
    (directory / "file").write_text("content")


class TestRoot:
    def test_is_what_the_variable_says(self, cache: Path) -> None:
        assert store.root() == cache

    def test_follows_the_desktop_convention(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("IOT_KERNEL_CACHE")
        monkeypatch.setenv("XDG_CACHE_HOME", "/some/where")
        assert store.root() == Path("/some/where/iot-kernel")

    def test_is_below_home_otherwise(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("IOT_KERNEL_CACHE")
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        assert store.root() == Path.home() / ".cache" / "iot-kernel"


class TestObtain:
    def test_builds_what_is_missing(self, cache: Path) -> None:
        directory = store.obtain("group/thing", write_file)
        assert directory == cache / "group" / "thing"
        assert (directory / "file").read_text() == "content"

    def test_builds_once(self) -> None:
        store.obtain("thing", write_file)
        store.obtain("thing", lambda _: pytest.fail("built again"))

    def test_leaves_nothing_when_the_build_fails(self, cache: Path) -> None:
        def fail(directory: Path) -> None:
            write_file(directory)
            raise UnavailableError("no network")

        with pytest.raises(UnavailableError, match="no network"):
            store.obtain("group/thing", fail)
        assert list((cache / "group").iterdir()) == []
        assert store.obtain("group/thing", write_file).is_dir()

    def test_two_at_once_build_once(self) -> None:
        builds = []
        inside = threading.Event()
        go_on = threading.Event()

        def build(directory: Path) -> None:
            builds.append(directory)
            inside.set()
            go_on.wait(WAIT_SECONDS)

        threads = [threading.Thread(target=store.obtain, args=("thing", build)) for _ in range(2)]
        for thread in threads:
            thread.start()
        assert inside.wait(WAIT_SECONDS)
        go_on.set()
        for thread in threads:
            thread.join(WAIT_SECONDS)
        assert len(builds) == 1


class TestWriteProgram:
    def test_can_be_run(self) -> None:
        path = store.write_program("greet", "#!/bin/sh\necho hello\n")
        assert subprocess.check_output([path], text=True) == "hello\n"

    def test_replaces_the_one_before(self) -> None:
        store.write_program("greet", "#!/bin/sh\necho hello\n")
        path = store.write_program("greet", "#!/bin/sh\necho goodbye\n")
        assert subprocess.check_output([path], text=True) == "goodbye\n"
        assert [entry.name for entry in path.parent.iterdir()] == ["greet"]


def test_a_lock_is_free_again_when_its_holder_dies(cache: Path) -> None:
    program = "import os; from tools.store import locked; locked('x').__enter__(); os._exit(0)"
    subprocess.run([sys.executable, "-c", program], check=True)
    with store.locked("x"):
        pass
