"""%%connect --parallel: one cell on several virtual boards at the same time; its values, and its faults."""

import secrets
import threading

import pytest

from iot_kernel.errors import NotConnectedError, UsageError
from iot_kernel.magics.on_boards import TargetsFailedError
from iot_kernel.repl import execution_timeouts
from tests.claimed import claimed
from tests.end_to_end.notebook import eventually, virtual
from tests.fake_shell import FakeShell

pytestmark = [pytest.mark.board, pytest.mark.usefixtures("quiet_search")]

DEADLINE = 60.0


@pytest.fixture
def names(notebook, tmp_path, devices):
    """Two virtual boards that are called ``a`` and ``b``, connected; none is the current one."""
    urls = [f"{virtual(name + secrets.token_hex(4))}&dir={tmp_path / name}" for name in "ab"]
    notebook.run(f"%%connect -pq {' '.join(urls)}\npass")
    uids = [session.current.info.uid for session in notebook.group.sessions]
    for name, session in zip("ab", notebook.group.sessions, strict=True):
        session.current.exec(f"me = {name!r}")
    text = "".join(f"{name}:\n  uid: {uid}\n" for name, uid in zip("ab", uids, strict=True))
    (devices / "boards.yaml").write_text(text)
    return "a b"


@pytest.fixture
def host(notebook, tmp_path):
    """Variables of the host."""
    notebook.shell = FakeShell(tmp_path / "db")
    return notebook.shell.user_ns


def table(notebook):
    """The rows of the table that was shown last, without its head, by board."""
    *_, (bundle, _, _) = notebook.displays
    return {line.split()[0]: line for line in bundle["text/plain"].splitlines()[1:]}


def test_names_mean_the_boards_that_are_connected(notebook, names):
    sessions = notebook.group.sessions
    notebook.run(f"%%connect {names} --parallel\n%name\n6*7")
    assert notebook.group.sessions == sessions
    assert [notebook.blocks[name].stdout for name in "ab"] == ["a\nOut: 42\n", "b\nOut: 42\n"]
    assert [line.split()[1] for line in table(notebook).values()] == ["42", "42"]


def test_all_is_all_that_are_found(notebook, names):
    notebook.run("%%connect --all -p\n1")
    assert sorted(table(notebook)) == ["a", "b"]


def test_values_come_as_a_dict(notebook, names, host):
    notebook.run(f"%%connect {names} -p --out found\nimport sys\n[{{1: b'x'}}, (None, 1.5)]")
    assert host == {"found": {name: [{1: b"x"}, (None, 1.5)] for name in "ab"}}
    notebook.run(f"%%connect {names} -p --out found\nx = 1")
    assert host == {"found": dict.fromkeys("ab")}


def test_values_of_any_size_and_nothing_of_ours_is_left(notebook, names, host):
    notebook.run(f"%%connect {names} -p --out found\nlist(range(2000))")
    assert host["found"]["b"] == list(range(2000))
    notebook.run(
        f"%%connect {names} -p --out found\n[name for name in globals() if 'kee' in name or 'kep' in name]"
    )
    assert host["found"]["a"] == ["__iot_keep__"]


def test_a_value_that_cannot_come_is_the_error_of_its_board(notebook, names, host):
    with pytest.raises(TargetsFailedError, match=r"failed on 1 of 2: a$"):
        notebook.run(f"%%connect {names} -p --out found\nimport sys\nsys if me == 'a' else 1")
    assert "a module object cannot be moved to the host" in table(notebook)["a"]
    assert host == {"found": {"b": 1}}


def test_a_board_that_failed_has_no_value(notebook, names, host):
    with pytest.raises(TargetsFailedError):
        notebook.run(f"%%connect {names} nosuch -p --out found\n1")
    assert host == {"found": {"a": 1, "b": 1}}


@pytest.mark.parametrize(
    "arguments",
    ["-p", "-p --all a", "-p --host a", "a --out x", "-p a --out 1x", "-p a --out for", "-p a a"],
)
def test_arguments_that_make_no_sense(notebook, names, arguments):
    with pytest.raises(UsageError):
        notebook.run(f"%%connect {arguments}\n1")


@pytest.mark.parametrize("line", ["%connect b", "%disconnect"])
def test_no_board_is_connected_or_let_go_meanwhile(notebook, names, line):
    with pytest.raises(TargetsFailedError):
        notebook.run(f"%%connect {names} -p\n{line}")
    assert "cannot connect or disconnect" in notebook.blocks["a"].stderr
    assert len(notebook.group.sessions) == 2


def test_disconnect_lets_go_of_all_or_of_one(notebook, names):
    first, second = [session.current for session in notebook.group.sessions]
    assert notebook.run("%disconnect a") == "Disconnected from a\n"
    assert (first.is_open, second.is_open) == (False, True)
    assert notebook.run("%disconnect") == "Disconnected from b\n"
    assert not second.is_open
    with pytest.raises(NotConnectedError):
        notebook.run("%disconnect")


def test_a_name_that_means_another_board_by_now(notebook, names, devices):
    (devices / "boards.yaml").write_text((devices / "boards.yaml").read_text().replace("a:\n", "c:\n", 1))
    with pytest.raises(TargetsFailedError, match=r"failed on 1 of 2: a$"):
        notebook.run(f"%%connect {names} -p\n1")
    assert "No such device" in table(notebook)["a"]


def test_two_boards_with_one_name(notebook, names, devices):
    (devices / "boards.yaml").write_text((devices / "boards.yaml").read_text().replace("b:\n", "a:\n"))
    uid = notebook.group.sessions[1].current.info.uid
    with pytest.raises(TargetsFailedError, match=r"failed on 1 of 2: a$"):
        notebook.run(f"%%connect a {uid} -p\n1")
    assert "'a' stands here twice" in table(notebook)["a"]


def test_a_board_that_another_kernel_has(notebook, names, tmp_path):
    url = f"{virtual('held')}&dir={tmp_path / 'held'}"
    with claimed(url, url=url), pytest.raises(TargetsFailedError, match=r"failed on 1 of 3"):
        notebook.run(f"%%connect {names} {url} -p\n1")
    assert "has it already" in table(notebook)[url]
    assert table(notebook)["b"].split()[1] == "1"


def test_a_board_that_is_unplugged_says_so_and_the_others_go_on(notebook, names):
    lost, other = [session.current for session in notebook.group.sessions]
    killing = "import os\nos.system('kill -9 $PPID') if me == 'a' else time.sleep(0.3)\n7"
    with pytest.raises(TargetsFailedError, match=r"failed on 1 of 2: a$"):
        notebook.run(f"%%connect {names} -p\nimport time\n{killing}")
    assert "ConnectionLostError" in table(notebook)["a"]
    assert table(notebook)["b"].split()[1] == "7"
    assert (lost.is_open, other.is_open) == (False, True)
    notebook.run(f"%%connect {names} -p\n'me' in globals()")
    assert [line.split()[1] for line in table(notebook).values()] == ["False", "True"]


def test_a_board_that_hangs_is_given_up_after_the_second_stop(notebook, names, monkeypatch):
    monkeypatch.setattr(execution_timeouts, "INTERRUPT_PATIENCE", 0.1)
    monkeypatch.setattr(execution_timeouts, "INTERRUPT_TIMEOUT", 0.3)
    loop = (
        "while True:\n try:\n  while True: pass\n"
        " except KeyboardInterrupt:\n  print('again')\n  if me == 'b': raise"
    )

    def stop():
        for text in ("on", "again"):
            assert eventually(lambda text=text: both_say(text))
            notebook.interrupt()

    def both_say(text):
        return all(name in notebook.blocks and text in notebook.blocks[name].stdout for name in "ab")

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        notebook.run(f"%%connect {names} -p\nprint('on')\n{loop}")
    thread.join()
    assert "DeviceStuckError" in table(notebook)["a"]
    assert table(notebook)["b"].rstrip().endswith("KeyboardInterrupt")


def test_boards_of_all_kinds_at_the_same_time(notebook, names, host, wasm, microbit_process):
    urls = f"{wasm.url} {microbit_process.url}"
    notebook.run(
        f"%%connect {names} {urls} -p --out found\nimport sys\nprint('on')\n[sys.platform[:3], 6 * 7]"
    )
    platforms = ("lin", "lin", "web", "mic")
    wanted = [[platform, 42] for platform in platforms]
    assert list(host["found"].values()) == wanted
    assert all(notebook.blocks[name].stdout.startswith("on\n") for name in f"{names} {urls}".split())


def test_a_stop_while_boards_are_searched_for_stops_all(notebook, names, monkeypatch):
    def searching(own, **_):
        cancel = threading.Event()
        with own.interruptible(cancel.set):
            notebook.interrupt()
            assert cancel.wait(DEADLINE)

    monkeypatch.setattr("iot_kernel.magics.on_boards.search", searching)
    with pytest.raises(KeyboardInterrupt):
        notebook.run(f"%%connect {names} nosuch -p\nimport time\ntime.sleep(60)")
    assert [line.split()[-1] for line in table(notebook).values()] == ["KeyboardInterrupt"] * 3
