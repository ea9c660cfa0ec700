"""Deployments from a notebook to a board that starts its program, and what is left where they fail."""

import errno
import threading

import pytest

from iot_kernel.deployment import deploy as deploying
from iot_kernel.deployment.deploy import Report, deploy, roll_back, status
from iot_kernel.deployment.errors import DeployError
from iot_kernel.deployment.watch import ProgramState
from iot_kernel.device import board_connection
from iot_kernel.errors import ConnectError, ConnectReason, DeviceError
from iot_kernel.files.tree import Space
from tests.claimed import claimed
from tests.deployment.notebooks import program

pytestmark = pytest.mark.board

SECONDS = 0.3
LOOP = ("import time", "while True:", "    print('{}')", "    time.sleep(.05)")


def loop(name):
    """A program that goes on, and says its name."""
    return program(*(line.format(name) for line in LOOP))


def put(device, path, **options):
    given = {"rehearses": False, "seconds": SECONDS} | options
    return deploy(device, path, **given)


def boots(device):
    """What the board's program prints when it is switched on; interrupts it then."""
    for seconds in (0.2, 2, 20):  # a busy machine has boards wait
        shown = []
        device.restart(shown.append, seconds=seconds)
        device.run_id()
        if "".join(shown).strip():
            break
    return set("".join(shown).split("\n")[:1])


def on_board(device):
    return sorted(device.files.tree("/").files)


def test_from_the_first_deployment_back_to_before(device, save):
    device.files.write("/main.py", b"print('original')")
    first = put(device, save(loop("first")))
    assert (first.is_done, first.watched.state) == (True, ProgramState.RUNS)
    assert boots(device) == {"first"}
    second = put(device, save(program("print('second')"), "other.ipynb"))
    assert (second.watched.state, second.prepared.plan.updates) == (ProgramState.ENDED, ("main.py",))
    assert boots(device) == {"second"}
    assert roll_back(device, seconds=SECONDS)[:2] == (1, "robot.ipynb")
    assert boots(device) == {"first"}
    number, title, watched = roll_back(device, seconds=SECONDS)
    assert (number, title, watched.output) == (0, "", "original\n")
    assert boots(device) == {"original"}
    assert on_board(device) == ["/main.py"]
    with pytest.raises(DeployError, match="there is nothing to go back to"):
        roll_back(device)


def test_a_rollback_starts_no_trial_whose_power_went(device, save):
    put(device, save(program("print('one')")))
    put(device, save(program("print('two')")))
    device.files.write_files({"/.deploy/9/main.py": b"print('stale')", "/.deploy/9/.try": b""})
    assert roll_back(device, seconds=SECONDS)[2].output == "one\n"


def test_the_program_is_left_running(device, save):
    put(device, save(program("import time", "n = 0", "while True:", "    n += 1", "    time.sleep(.01)")))
    assert not device.is_waiting()
    assert device.eval("n > 0") is True


def test_one_program_is_kept_beside_the_present_one(device, save):
    for name in ("a", "b", "c", "d"):
        put(device, save(program(f"print('{name}')")))
    assert on_board(device) == [
        *("/.deploy/0/.on", "/.deploy/3/.on", "/.deploy/3/main.py", "/.deploy/4/.on", "/.deploy/4/main.py"),
        "/main.py",
    ]


def test_the_same_again_changes_nothing(device, save):
    path = save(loop("same"))
    put(device, path)
    before = on_board(device)
    again = put(device, path)
    assert (again.is_done, again.prepared.is_deployed, again.watched) == (True, True, None)
    assert not device.is_waiting()
    assert on_board(device) == before


def test_a_dry_run_changes_nothing(device, save):
    device.files.write("/main.py", b"print('original')")
    plans = []
    report = Report(on_plan=lambda prepared: plans.append(prepared.plan))
    assert not put(device, save(program("import part", part="x = 1")), dry_run=True, report=report).is_done
    assert [plan.adds for plan in plans] == [("main.py", "part.py")]
    assert on_board(device) == ["/main.py"]


def test_status(device, save):
    path = save(program("print(1)"))
    found = status(device, path)
    assert (found.is_deployed, found.before) == (False, "")
    put(device, path)
    found = status(device, path)
    assert (found.is_deployed, found.before) == (True, "robot.ipynb")
    save(program("print(2)"))
    found = status(device, path)
    assert (found.is_deployed, found.plan.updates) == (False, ("main.py",))
    device.files.write("/.deploy/1/main.py", b"print(2)\n\n")  # somebody has changed it there
    assert status(device, path).is_deployed


def test_a_program_of_another_notebook_is_told(device, save):
    put(device, save(program("print(1)"), "other.ipynb"))
    assert put(device, save(program("print(2)")), dry_run=True).prepared.before == "other.ipynb"


def test_status_of_compiled_modules(device, save):
    path = save(program("import part", part="x = 1"))
    put(device, path, mpy=True)
    prepared = status(device, path)
    assert prepared.is_deployed
    assert "part.mpy" in prepared.plan.contents
    save(program("import part", part="x = 2"))
    assert status(device, path).plan.updates == ("part.mpy",)


FAILING = {
    "an error": (
        program("print('new')", "import part", part="x = 1\n1/0"),
        "the program ended with an error",
    ),
    "a reset": (program("import machine", "machine.reset()"), "the board has restarted by itself"),
}


@pytest.mark.parametrize("kind", sorted(FAILING))
def test_a_program_that_does_not_come_up(device, save, kind):
    text, why = FAILING[kind]
    put(device, save(loop("old")))
    before = on_board(device)
    with pytest.raises(DeployError, match=f"{why}.*; the old program was put back") as caught:
        put(device, save(text))
    if kind == "an error":
        assert caught.value.problems[1:] == (
            "main.py, line 2 is cell [2] 'print('new')', line 2",
            "part.py, line 2 is cell [1] '%%deploy part.py', line 3",
        )
        assert "new\nTraceback" in caught.value.output
    assert not device.is_waiting()  # the old one runs again
    assert on_board(device) == before
    assert boots(device) == {"old"}


def test_a_program_that_does_not_let_itself_be_interrupted(device, save, monkeypatch):
    put(device, save(loop("old")))
    monkeypatch.setattr(board_connection, "CONNECT_TIMEOUT", 0.8)
    deaf = ("    try:", "        while True: time.sleep(.01)", "    except KeyboardInterrupt: pass")
    with pytest.raises(DeployError, match="does not let itself be interrupted; the old program was put back"):
        put(device, save(program("import time", "while True:", *deaf)))
    monkeypatch.undo()
    assert boots(device) == {"old"}


def test_a_board_that_is_reset_before_its_program_is_confirmed(device, save):
    """As by a watchdog that nobody feeds while the program is interrupted."""
    report = Report(on_step=lambda step: device.soft_reset() if step == "confirming" else None)
    put(device, save(loop("new")), report=report)
    assert boots(device) == {"new"}


def test_a_first_program_that_does_not_come_up(device, save):
    device.files.write("/main.py", b"print('original')")
    with pytest.raises(DeployError, match="was put back"):
        put(device, save(program("1/0")))
    assert boots(device) == {"original"}
    put(device, save(loop("new")))
    assert boots(device) == {"new"}
    assert roll_back(device, seconds=SECONDS)[0] == 0
    assert boots(device) == {"original"}


def test_a_program_that_resets_the_board_on_purpose(device, save):
    text = program("import machine, time", "print('tick')", "time.sleep(.05)", "machine.reset()")
    with pytest.raises(DeployError, match="the board has restarted by itself"):
        put(device, save(text), rehearses=True)
    done = put(device, save(text), rehearses=True, watches=False)
    assert (done.watched, done.rehearsed.watched.state) == (None, ProgramState.RESTARTED)
    assert boots(device) == {"tick"}


def test_a_rehearsal_that_fails_leaves_the_board_alone(device, save):
    device.files.write_files({"/main.py": b"print('original')", "/lib/stored.py": b"x = 5"})
    steps = []
    report = Report(on_step=steps.append)
    with pytest.raises(
        DeployError, match=r"rehearsal: the program ended with an error\. Nothing was changed"
    ) as caught:
        put(device, save(program("import stored", "stored.y")), rehearses=True, report=report)
    assert caught.value.problems[1:] == ("main.py, line 2 is cell [1] 'import stored', line 2",)
    assert steps == ["rehearsing"]
    assert on_board(device) == ["/lib/stored.py", "/main.py"]


def test_a_rehearsal_that_does_not_end_is_up(device, save):
    steps, rehearsed = [], []
    report = Report(on_step=steps.append, on_rehearsed=rehearsed.append)
    done = put(device, save(loop("up")), rehearses=True, report=report)
    assert steps == ["rehearsing", "copying", "watching", "confirming"]
    assert rehearsed == [done.rehearsed]
    assert done.rehearsed.watched.state is ProgramState.RUNS


def test_without_a_virtual_board(device, save, monkeypatch):
    monkeypatch.setenv("IOT_MICROPYTHON", "/no/such/program")
    with pytest.raises(DeployError, match=r"no rehearsal: there is no program .*'%deploy --no-rehearsal'"):
        put(device, save(loop("x")), rehearses=True)


class TestDisk:
    def test_too_little_space_is_seen_before_anything_is_changed(self, device, save, monkeypatch):
        device.files.write("/main.py", b"print('original')")
        real = device.files.tree

        def small(*given, **more):
            found = real(*given, **more)
            return type(found)(
                found.files,
                found.directories,
                found.mounts,
                found.leftovers,
                found.algorithm,
                Space(1500, 9000),
                found.is_flat,
                found.now,
            )

        monkeypatch.setattr(device.files, "tree", small)
        with pytest.raises(DeployError, match=r"the board has 1\.5 KB left, and .* are needed"):
            put(device, save(program("x = '" + "a" * 1000 + "'")), rehearses=True)
        monkeypatch.undo()
        assert on_board(device) == ["/main.py"]

    @pytest.mark.parametrize("at", range(5))
    def test_a_disk_that_is_full_in_the_middle_leaves_the_old_program(self, device, save, monkeypatch, at):
        put(device, save(loop("old")))
        before, count = on_board(device), iter(range(100))
        real = device.files.write_files

        def write(contents, *more):
            for path, data in contents.items():
                if next(count) == at:
                    raise OSError(errno.ENOSPC, "no space left on the board", f":{path}")
                real({path: data}, *more)

        monkeypatch.setattr(device.files, "write_files", write)
        text = program("import a, b", a="x = 1", b="y = 2")
        if at == 4:  # the mark that it is confirmed
            text = program("import a, b, time", "time.sleep(.1)", a="x = 1", b="y = 2")
        with pytest.raises(OSError, match="no space left"):
            put(device, save(text))
        monkeypatch.undo()
        assert on_board(device) == before
        assert boots(device) == {"old"}


class TestAtOnce:
    def test_two_deployments_by_one_kernel(self, device, save):
        begun, ended, errors = threading.Event(), threading.Event(), []

        def wait(step):
            begun.set()
            ended.wait(60)

        def first():
            try:
                put(device, save(loop("one")), report=Report(on_step=wait))
            except Exception as error:
                errors.append(error)

        thread = threading.Thread(target=first)
        thread.start()
        begun.wait(60)
        with pytest.raises(DeployError, match=r"another deployment to sim://.* is under way"):
            put(device, save(loop("two"), "two.ipynb"))
        with pytest.raises(DeployError, match="is under way"):
            roll_back(device)
        ended.set()
        thread.join()
        assert errors == []
        assert boots(device) == {"one"}
        assert deploying._under_way == set()

    def test_another_kernel_does_not_get_the_board(self, device):
        with pytest.raises(ConnectError) as caught, claimed(device.url, url=device.url):
            pass
        assert caught.value.reason in (ConnectReason.HELD, ConnectReason.OWN)


def test_the_stop_button_while_it_is_watched(device, save):
    put(device, save(loop("old")))
    before = on_board(device)

    def interrupt(step):
        if step == "watching":
            raise KeyboardInterrupt

    with pytest.raises((KeyboardInterrupt, DeviceError)):
        put(device, save(loop("new")), report=Report(on_step=interrupt))
    assert not device.is_waiting()
    assert on_board(device) == before
    assert boots(device) == {"old"}
