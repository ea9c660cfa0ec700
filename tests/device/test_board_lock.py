"""Claims between real processes: a helper process claims, this one looks."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from iot_kernel.device import board_lock
from iot_kernel.errors import ConfigError, ConnectError, ConnectReason
from iot_kernel.files.names import check_for_host
from iot_kernel.kernel.kernelspec import OUR_MODULE
from tests.claimed import claimed

URL = "serial:///dev/ttyACM0"
UID = "30:ae:a4:30:84:34"

HOLDER = """
import sys
sys.argv[0] = "/usr/lib/jupyter_iot_kernel/__main__.py"
from iot_kernel.device import board_lock
held = [board_lock.claim(key, url=sys.argv[1], uid=key.removeprefix("uid:") if key.startswith("uid:") else "")
        for key in sys.argv[2:]]
print("held", flush=True)
sys.stdin.readline()
for one in held:
    one.release()
"""


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    return tmp_path / "runtime" / "iot-kernel" / "claims"


@contextmanager
def other_kernel(*keys: str, notebook: str = "", url: str = URL) -> Iterator[subprocess.Popen[str]]:
    """Another process that claims ``keys`` until it is told to go or killed."""
    environ = os.environ | {"JPY_SESSION_NAME": notebook}
    command = [sys.executable, "-c", HOLDER, url, *keys]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ
    ) as other:
        assert other.stdout.readline() == "held\n"
        try:
            yield other
        finally:
            if other.poll() is None:
                other.communicate("go\n", timeout=30)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is refused need not wait whether the board becomes free."""
    monkeypatch.setattr(board_lock, "CLAIM_PATIENCE", 0.05)


def kill(other: subprocess.Popen[str]) -> None:
    other.kill()
    other.wait(30)


def test_a_claimed_board_is_refused_to_others_with_the_notebook_named():
    with other_kernel(URL, notebook="/srv/lab/intro.ipynb") as other:
        with pytest.raises(ConnectError) as caught:
            board_lock.claim("/dev/ttyACM0", url=URL)
        assert caught.value.reason is ConnectReason.HELD
        assert str(caught.value) == (
            f"{URL}: is in use by the notebook /srv/lab/intro.ipynb (process {other.pid}); "
            "disconnect it there (%disconnect) or close that notebook"
        )


@pytest.mark.usefixtures("impatient")
def test_outside_a_server_the_process_is_named():
    with (
        other_kernel(URL) as other,
        pytest.raises(ConnectError, match=rf"another kernel \(process {other.pid}\)"),
    ):
        board_lock.claim(URL, url=URL)


def test_a_script_is_named(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/home/me/blink.py", "now"])
    with claimed(URL, url=URL):
        found = board_lock.holder(URL)
    assert str(found) == f"the program blink.py (process {os.getpid()})"
    for name, called in (
        ("/usr/lib/pytest/__main__.py", "pytest"),
        ("", "python"),
        ("-", "python -"),
        ("-c", "python -c"),
        ("/usr/lib/iot_kernel/__main__.py", ""),
        ("/usr/lib/iot_kernel/__main__.py bridge lamp", "iot_kernel bridge"),
        (f"/usr/lib/{OUR_MODULE}/__main__.py -f kernel.json", ""),
        (f"/usr/lib/{OUR_MODULE}/__main__.py bridge lamp", "iot_kernel bridge"),
        ("/usr/bin/iot-kernel bridge lamp", "iot_kernel bridge"),
    ):
        monkeypatch.setattr(sys, "argv", name.split(" "))
        assert board_lock.session_program() == called


def test_a_released_board_is_free_again():
    with other_kernel(URL):
        pass
    assert board_lock.holder(URL) is None
    with claimed(URL, url=URL):
        pass


def test_a_killed_holder_holds_nothing(runtime: Path):
    with other_kernel(URL) as other:
        kill(other)
        assert list(runtime.glob("*.json"))
        assert board_lock.holders() == []
        assert not list(runtime.glob("*.json"))
        with claimed(URL, url=URL):
            assert board_lock.holder(URL).pid == os.getpid()


def test_a_killed_holder_can_be_followed_at_once():
    with other_kernel(URL) as other:
        kill(other)
        with claimed(URL, url=URL):
            assert board_lock.holder(URL).pid == os.getpid()


def test_holder_tells_everything_about_another_kernel():
    before = time.time()
    with other_kernel(f"uid:{UID}", notebook="/srv/a.ipynb") as other:
        found = board_lock.holder(f"uid:{UID.upper()}")
        assert (found.pid, found.notebook, found.url, found.uid) == (other.pid, "/srv/a.ipynb", URL, UID)
        assert before <= found.since <= time.time()
        assert board_lock.holders() == [found]


def test_the_uid_of_a_held_port_is_known_from_the_second_claim():
    with other_kernel(URL, f"uid:{UID}"):
        assert board_lock.holder(URL).uid == UID


def test_one_process_does_not_claim_twice():
    with claimed(URL, url=URL):
        with pytest.raises(ConnectError, match="this notebook or program has it already") as caught:
            board_lock.claim("/dev/ttyACM0", url=URL)
        assert caught.value.reason is ConnectReason.OWN
    with claimed(URL, url=URL):
        pass


def test_our_own_claim_is_seen():
    with claimed(URL, url=URL):
        assert board_lock.holder(URL).pid == os.getpid()
    assert board_lock.holder(URL) is None


def test_releasing_twice_is_fine_and_frees_nobody_elses_claim():
    first = board_lock.claim(URL, url=URL)
    first.release()
    with claimed(URL, url=URL):
        first.release()
        assert board_lock.holder(URL) is not None


def test_releasing_from_another_thread_is_fine():
    held = board_lock.claim(URL, url=URL)
    thread = threading.Thread(target=held.release)
    thread.start()
    thread.join()
    assert board_lock.holder(URL) is None


@pytest.mark.usefixtures("impatient")
def test_a_failed_claim_leaves_nothing_behind():
    with other_kernel(URL), pytest.raises(ConnectError, match="another kernel"):
        board_lock.claim(URL, url=URL)
    with claimed(URL, url=URL):
        pass


def test_different_boards_do_not_disturb_each_other():
    with other_kernel(URL), claimed("ws://host", url="ws://host:8266"):
        assert [h.url for h in board_lock.holders()] == [URL, "ws://host:8266"]


def test_links_to_one_port_are_one_claim(tmp_path: Path):
    port, link = tmp_path / "ttyACM0", tmp_path / "by-id"
    port.touch()
    link.symlink_to(port)
    with claimed(str(port), url=URL):
        assert board_lock.holder(str(link)) is not None


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": null}', "\x00" * 50, "[" * 9000])
def test_a_broken_description_still_means_held(runtime: Path, text: str):
    with other_kernel(URL):
        (info,) = runtime.glob("*.json")
        info.write_text(text)
        assert board_lock.holder(URL).pid == 0
        with pytest.raises(ConnectError, match="is in use by another kernel;"):
            board_lock.claim(URL, url=URL)


def test_descriptions_are_cleaned_before_they_are_shown(runtime: Path):
    with other_kernel(URL):
        (info,) = runtime.glob("*.json")
        info.write_text(json.dumps(json.loads(info.read_text()) | {"notebook": "\x1b[2J" + "n" * 5000}))
        found = board_lock.holder(URL)
        assert "\x1b" not in found.notebook
        assert len(found.notebook) <= board_lock.NOTEBOOK_LIMIT


def test_the_files_are_private(runtime: Path):
    with claimed(URL, url=URL):
        modes = {path.suffix: path.stat().st_mode & 0o777 for path in runtime.iterdir()}
    assert modes == {".lock": 0o600, ".json": 0o600}
    assert runtime.stat().st_mode & 0o777 == 0o700


def test_a_runtime_directory_that_cannot_be_made_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "file"))
    with pytest.raises(ConfigError, match="JUPYTER_RUNTIME_DIR"):
        board_lock.claim(URL, url=URL)
    assert board_lock.holder(URL) is None
    assert board_lock.holders() == []


def test_a_lock_that_cannot_be_had_is_a_clear_error(runtime: Path):
    with claimed(URL, url=URL):
        (info,) = runtime.glob("*.json")
        text = info.read_text()
    info.with_suffix(".lock").unlink()
    info.with_suffix(".lock").mkdir()
    info.write_text(text)
    with pytest.raises(ConfigError, match=r"no lock can be taken beside this file"):
        board_lock.claim(URL, url=URL)
    assert board_lock.holder(URL) is None


def test_a_claim_holds_even_when_its_description_cannot_be_written(runtime: Path):
    with claimed(URL, url=URL):
        (info,) = runtime.glob("*.json")
    info.mkdir()
    with claimed(URL, url=URL):
        assert board_lock.holder(URL).pid == 0
    assert board_lock.holder(URL) is None


def test_asking_for_holders_makes_no_files(runtime: Path):
    assert board_lock.holder(URL) is None
    assert board_lock.holders() == []
    assert not runtime.exists()


def test_asking_never_disturbs_claiming():
    """Many threads ask all the time; claiming and releasing must never fail because of that."""
    stop = threading.Event()
    askers = [
        threading.Thread(target=lambda: [board_lock.holder(URL) for _ in iter(stop.is_set, True)])
        for _ in range(3)
    ]
    for asker in askers:
        asker.start()
    try:
        for _ in range(50):
            board_lock.claim(URL, url=URL).release()
    finally:
        stop.set()
        for asker in askers:
            asker.join()


def test_of_many_processes_exactly_one_gets_the_board():
    script = HOLDER.replace("sys.stdin.readline()", "sys.stdin.read()")
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", script, URL, URL],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    losers = []
    while len(losers) < 3:
        losers = [racer for racer in racers if racer.poll() is not None]
        time.sleep(0.02)
    (winner,) = [racer for racer in racers if racer not in losers]
    assert board_lock.holder(URL).pid == winner.pid
    outputs = [racer.communicate(timeout=30) for racer in racers]
    assert sorted(out for out, _ in outputs) == ["", "", "", "held\n"]
    assert sum(f"(process {winner.pid})" in err for _, err in outputs) == 3


@pytest.mark.parametrize(
    ("variable", "shown"),
    [
        ("", ""),
        ("/srv/lab/intro.ipynb", "/srv/lab/intro.ipynb"),
        ("/srv/lab/intro.ipynb-jvsc-1234-abcd", "/srv/lab/intro.ipynb"),
        ("~HOME~/lab/intro.ipynb", "lab/intro.ipynb"),
        ("console-1", "console-1"),
    ],
)
def test_notebook_name(variable: str, shown: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JPY_SESSION_NAME", variable.replace("~HOME~", str(tmp_path)))
    assert board_lock.session_notebook() == shown


def test_the_path_of_the_notebook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    for variable, path in [
        ("/srv/lab/intro.ipynb", Path("/srv/lab/intro.ipynb")),
        ("/srv/lab/intro.ipynb-jvsc-1234-abcd", Path("/srv/lab/intro.ipynb")),
        ("intro.ipynb", tmp_path / "intro.ipynb"),
        ("console-1", None),
        ("", None),
    ]:
        monkeypatch.setenv("JPY_SESSION_NAME", variable)
        assert board_lock.session_path() == path


def test_files_of_com_ports_have_names_that_windows_takes(tmp_path):
    with claimed(r"\\.\com3", url="serial://COM3"):
        names = {path.name for path in (tmp_path / "runtime" / "iot-kernel" / "claims").iterdir()}
        for name in names:
            check_for_host(name, name, windows=True)
        with pytest.raises(ConnectError) as caught:
            board_lock.claim("serial://COM3?baud=9600", url="serial://COM3")
    assert caught.value.reason is ConnectReason.OWN
    assert any(name.startswith("serial-COM3-") for name in names)
