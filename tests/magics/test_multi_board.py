"""%%connect: one cell in several places, on the virtual board and on MicroPython for WebAssembly."""

import pytest

from iot_kernel.boards.errors import DeviceNotFoundError, OtherBoardError
from iot_kernel.boards.registry_entry import Entry
from iot_kernel.boards.scan import Discovery, Row
from iot_kernel.errors import ConnectError, DeviceError, HostError, NotConnectedError
from iot_kernel.magics import multi_board
from iot_kernel.magics.multi_board import TargetsFailedError

pytestmark = pytest.mark.usefixtures("quiet_search")

WHO = "import sys\nprint('{:18}   ({})'.format(sys.platform, sys.implementation.name))\n"
UNIX_SAYS = "linux                (micropython)\n"
WASM_SAYS = "webassembly          (micropython)\n"


@pytest.fixture
def two(bit, wasm):
    """A notebook that knows ``bit`` (connected) and a board by its url."""
    bit.registry.register(wasm.url)
    return bit


def test_each_in_the_order_given_under_a_banner(two, wasm):
    text = two.run(f"%%connect bit {wasm.url}\n{WHO}")
    assert text == f"\n----- bit\n\n{UNIX_SAYS}\n----- {wasm.url}\n\n{WASM_SAYS}"
    assert "\x1b[46m\x1b[30m----- bit\x1b[0m" in two.stdout


def test_the_last_one_stays_connected(two, wasm):
    two.run(f"%%connect -q {wasm.url} bit\npass")
    assert two.run("%name") == "bit\n"


def test_all_and_host_with_the_host_first(two, wasm):
    ran = []
    two.run_host = lambda source: (ran.append(source), two.out("linux                (cpython)\n"))
    text = two.run(f"%%connect --all --host\n{WHO}")
    assert text == (
        "\n----- HOST\n\nlinux                (cpython)\n"
        f"\n----- bit\n\n{UNIX_SAYS}"
        f"\n----- {wasm.url}\n\n{WASM_SAYS}"
    )
    assert ran == [f"\n{WHO}"]


def test_a_board_with_two_addresses_runs_twice(two, monkeypatch):
    rows = [Row(Entry(url, uid="30:ae"), "esp32") for url in ("ws://10.0.0.5:8266", "serial:///dev/ttyUSB2")]
    connected = []
    monkeypatch.setattr(multi_board, "search", lambda ctx: Discovery(rows=rows))
    monkeypatch.setattr(two.session, "connect", lambda *wanted: connected.append(wanted))
    assert two.run("%%connect --all\nprint(1)") == "\n----- esp32\n\n1\n\n----- esp32\n\n1\n"
    assert connected == [("30:ae", ["ws"]), ("30:ae", ["serial"])]


def test_quiet(two):
    assert two.run("%%connect -q bit\nprint(1)") == "1\n"


def test_without_names_it_is_a_plain_cell(two):
    assert two.run("%%connect\nprint(1)") == "1\n"
    assert two.board_runs == [("print(1)", 2)]


def test_without_names_and_board(notebook):
    with pytest.raises(NotConnectedError):
        notebook.run("%%connect\nprint(1)")


def test_all_where_there_is_none(notebook):
    with pytest.raises(DeviceNotFoundError, match="no board is known"):
        notebook.run("%%connect --all\nprint(1)")
    notebook.run("%%connect --all --host\nprint(1)")
    assert notebook.host_runs == ["\nprint(1)"]


@pytest.mark.parametrize("head", ["%%connect", "%%connect nosuch", "%%connect --all --host"])
def test_an_empty_body_does_nothing(two, head):
    assert two.run(f"{head}\n\n  \n") == ""
    assert two.host_runs == []


def test_magics_in_the_cell(two, wasm):
    assert (
        two.run(f"%%connect -q bit {wasm.url}\n%name\nprint(1)\n! echo 2") == f"bit\n1\n2\n{wasm.url}\n1\n2\n"
    )


def test_an_unknown_device_does_not_stop_the_others(two):
    with pytest.raises(TargetsFailedError, match="the cell failed on 1 of 2: nosuch"):
        two.run("%%connect nosuch bit\nprint(1)")
    assert two.plain == "\n----- nosuch\n\n\n----- bit\n\n1\n"
    assert two.stderr == "No such device: nosuch\n"


def test_after_the_last_one_failed_nothing_runs_on_the_one_before(two):
    with pytest.raises(TargetsFailedError):
        two.run("%%connect -q bit nosuch\nprint(1)")
    with pytest.raises(OtherBoardError, match="'%connect nosuch' failed"):
        two.run("print(2)")
    assert two.plain == "1\n"


def test_failing_code_does_not_stop_the_others(two, wasm):
    with pytest.raises(TargetsFailedError) as caught:
        two.run(f"%%connect -q bit {wasm.url}\n{WHO}sys.platform == 'linux' and nosuch\nprint(1)")
    assert caught.value.names == ("bit",)
    assert two.plain == f"{UNIX_SAYS}{WASM_SAYS}1\n"
    assert "NameError" in two.stderr
    assert two.stderr.startswith("Traceback")


def test_a_board_that_is_gone_is_named(two, wasm):
    wasm.kill()
    try:
        with pytest.raises(TargetsFailedError):
            two.run(f"%%connect -q {wasm.url} bit\nprint(1)")
    finally:
        wasm.start()
    assert two.plain == "1\n"
    assert two.stderr.startswith(f"ConnectError: {wasm.url}: ")


def test_a_very_long_path_is_not_shown_whole(two):
    with pytest.raises(TargetsFailedError):
        two.run(f"%%connect -q bit bit\n%cat {'x' * 5000}.py")
    assert "…" in two.stderr
    assert two.stderr.endswith("x.py'\n")
    assert len(two.stderr) < 1000


def test_failing_host_code_is_shown_once(two):
    def fail(source):
        raise HostError({"ename": "ValueError", "evalue": "no", "traceback": []})

    two.run_host = fail
    with pytest.raises(TargetsFailedError, match="HOST"):
        two.run("%%connect -q --host bit\nprint(1)")
    assert (two.plain, two.stderr) == ("1\n", "")


@pytest.mark.parametrize(
    ("names", "kind"),
    [("nosuch", DeviceNotFoundError), ("bit", DeviceError), ("serial:///dev/nosuchport", ConnectError)],
)
def test_a_single_target_fails_with_its_own_error(two, names, kind):
    with pytest.raises(kind):
        two.run(f"%%connect {names}\n1/0")
    assert two.stderr == ""


def test_an_interrupt_ends_it_all(two):
    def interrupted(source, line):
        raise DeviceError("KeyboardInterrupt", "", "KeyboardInterrupt:")

    two.run_board = interrupted
    with pytest.raises(DeviceError):
        two.run("%%connect bit bit\nprint(1)")
    assert two.plain.count("-----") == 1
