"""Whatever a board answers, there is a result of the right kind, or an error in words; nothing else, ever."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iot_kernel.device.clock import Clock, ClockReading
from iot_kernel.device.identify import Identification, identify
from iot_kernel.device.memory import BoardMemory
from iot_kernel.device.profiler import Profiler
from iot_kernel.device.stopwatch import Measured, Stopwatch
from iot_kernel.errors import IoTKernelError
from iot_kernel.files.copy_endpoints import BoardEndpoint, HostEndpoint
from iot_kernel.files.copy_plan import PathOnSide, carry_out, plan
from iot_kernel.files.remote import RemoteFiles
from iot_kernel.files.tree import RemoteFile, Space, Tree
from iot_kernel.magics.file_rows import disk_notes, rows
from iot_kernel.magics.profile import _table
from iot_kernel.packages.destinations import BoardDirectory, Comparison
from iot_kernel.packages.importing import Imports, ask_imports
from iot_kernel.text import duration
from iot_kernel.values.arrays import Ulab
from iot_kernel.values.decoding import decode
from iot_kernel.values.transfer import Values
from tests.parrot import Parrot, any_of, changed, garbage, literals

EXAMPLES = settings.default.max_examples
many = settings(
    max_examples=min(200, 2 * EXAMPLES),
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
    ],
)


def shown(files):
    tree = files.tree()
    assert all(isinstance(file, RemoteFile) and file.size >= 0 for file in tree.files.values())
    return [*rows(tree, "/", everything=True), *disk_notes(files, tree)]


def matching(files):
    return BoardEndpoint(files).expand("/*/*")


ON_FILES = {
    "tree": (lambda files: files.tree(digest_sizes={5}), Tree),
    "listing": (lambda files: files.listing("/lib"), Tree),
    "shown": (shown, list),
    "matching": (matching, list),
    "stat": (lambda files: files.stat("/x"), RemoteFile | None),
    "stats": (lambda files: files.stats(["/x", "/y"]), list),
    "space": (lambda files: files.space(), Space | None),
    "absolute": (lambda files: files.absolute("x"), str),
    "read": (lambda files: files.read("/x"), bytes),
    "read_files": (lambda files: files.read_files(["/x", "/y"]), list),
    "write": (lambda files: files.write("/x", b"data" * 99), None),
    "write_files": (lambda files: files.write_files({"/x": b"", "/y": bytes(3000)}), None),
    "copy": (lambda files: files.copy("/x", "/y"), None),
    "mkdirs": (lambda files: files.mkdirs("/x/y"), None),
    "remove": (lambda files: files.remove_files(["/x", "/y"]), None),
    "rmdir": (lambda files: files.remove_directories(["/x"]), None),
    "remove_tree": (lambda files: files.remove_tree("/x"), None),
    "packages": (lambda files: BoardDirectory(files, "/lib").compare({"a.py": b"12345"}), Comparison),
}


def check(action, kind):
    try:
        result = action()
    except (IoTKernelError, OSError) as error:
        assert str(error)
    else:
        assert kind is None or isinstance(result, kind)


@pytest.mark.parametrize("truths", [("capabilities",), ("capabilities", "stat"), ()], ids="-".join)
@pytest.mark.parametrize("is_fast", [True, False], ids=["fast", "plain"])
@pytest.mark.parametrize("name", ON_FILES)
@given(data=st.data())
@settings(many, max_examples=min(8, EXAMPLES // 5))
def test_about_files(name, truths, is_fast, data):
    action, kind = ON_FILES[name]
    files = RemoteFiles(Parrot(data, truths))
    files._is_fast = is_fast
    check(lambda: action(files), kind)
    check(lambda: action(files), kind)  # once more: some answers are remembered


@given(data=st.data())
@many
def test_about_values(data):
    def pull():
        found = values.pull("v")
        decode(found, "v")
        return found

    values = Values(Parrot(data))
    check(pull, bytes)
    check(values.ulab, Ulab | None)
    check(lambda: values.push("v", b"l2;i5;" + b"b3e8;" + bytes(1000)), None)


@given(
    st.one_of(
        st.binary(max_size=60),
        st.lists(
            st.sampled_from(
                [
                    b"l2;",
                    b"d1;",
                    b"u3;",
                    b"aI4",
                    b"4;",
                    b"e1;",
                    b"i-f;",
                    b"n;",
                    b"c10;",
                    b"x1;",
                    b"s4;",
                    b"y10;",
                    b"ffffffffffffffff;",
                ]
            )
        ).map(b"".join),
    )
)
@many
def test_values_of_any_bytes(data):
    check(lambda: decode(data, "v"), None)


@given(data=st.data())
@many
def test_about_the_clock(data):
    clock = Clock(Parrot(data), now=lambda: 1_800_000_000.0)
    check(clock.read, ClockReading)
    check(lambda: clock.read(exactly=True), ClockReading)
    check(clock.set, ClockReading)
    check(clock.correct, float | None)


TOLD = {
    "watch": ("ticks_us", 1 << 30, [1, 2], [0, 5, 9, 15, 100, 1104]),
    "lines": ("ms", 90, 60, 5, [("<stdin>", "f", 2, 3, 40, 50, [(2, 3, 40), (3, 1, 10)])]),
    "functions": ("ticks_us", 90, 60, 5, [("", "f", 0, 3, 40, 50, [])]),
}


class Measuring(Parrot):
    """Answers questions about time and memory."""

    mark = ""
    runs = cells = 0

    def exec(self, code, *, on_output=None, timeout=None):
        self._may_fail(timeout)
        if (mark := re.search(r"x1e(\w{12})|'(\w{12})'", code)) is None:
            return ""
        if "settrace" in code and "hasattr" in code:
            answer = str(self._data.draw(st.booleans()))
        elif "mem_free" in code:
            numbers = self._data.draw(st.one_of(st.just((5000, 4544, 0)), changed((5000, 4544, 0)), literals))
            info = "GC: total: 10048, used: 4544, free: 5504\r\n max free sz: 307"
            answer = f"{numbers!r}\x1d" + self._data.draw(
                any_of("", info, info.replace("0", "9" * 18), "GC: total")
            )
        else:
            true = TOLD[self._data.draw(st.sampled_from(sorted(TOLD)))]
            answer = self._data.draw(st.one_of(changed(true).map(repr), literals.map(repr), garbage))
        return f"\x1e{mark[1] or mark[2]}{answer}\x1f"


@given(data=st.data())
@many
def test_about_measuring(data):
    def profile():
        with Profiler(Measuring(data)) as profiler:
            return "".join(_table(profiler.read(), "x\ny"))

    def time():
        with Stopwatch(Measuring(data)) as watch:
            measured = watch.read()
        assert duration(measured.seconds)
        return measured

    check(profile, str)
    check(time, Measured)
    check(lambda: BoardMemory(Measuring(data)).read(), tuple)


@given(data=st.data())
@many
def test_who_a_board_is(data):
    board = Parrot(data)
    check(lambda: identify(board.exec, lambda platform: None), Identification)


@given(data=st.data())
@many
def test_how_a_board_imports(data):
    def ask():
        imports = ask_imports(Parrot(data))
        assert isinstance(imports.library, str | None)
        return imports

    check(ask, Imports)


@given(data=st.data())
@many
def test_nothing_is_written_outside(data, tmp_path):
    target = tmp_path / "around/target"
    target.mkdir(parents=True, exist_ok=True)
    files = RemoteFiles(Parrot(data, ("capabilities",)))

    def copy():
        sources = [PathOnSide(BoardEndpoint(files), text) for text in ("/", "/*")]
        for source in sources:
            carry_out(
                plan([source], PathOnSide(HostEndpoint(), str(target)), recursive=True), lambda done: None
            )

    check(copy, None)
    assert [path.name for path in tmp_path.iterdir()] == ["around"]
    assert [path.name for path in target.parent.iterdir()] == ["target"]
