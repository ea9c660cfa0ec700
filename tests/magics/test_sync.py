"""%rdiff and %rsync: what they print, what they do, and what they refuse."""

from datetime import datetime

import pytest

from iot_kernel.errors import ConfigError, ConnectionLostError, NotConnectedError, UsageError
from iot_kernel.sync.errors import CompileError, SyncError
from tests.end_to_end.notebook import eventually

YAML = "  resources: [libs]\n"


@pytest.fixture
def projects(devices):
    return devices.parent / "iot_projects"


@pytest.fixture
def robot(bit, board, devices, projects):
    """A notebook whose board has a file to update, to delete and to leave alone; the host has one more."""
    configure(devices, board, YAML)
    (projects / "libs" / "lib").mkdir(parents=True)
    (projects / "libs" / "main.py").write_text("print('new')")
    (projects / "libs" / "lib" / "duty.py").write_text("x = 1")
    files = bit.session.device().files
    files.write_files({"/main.py": b"print('old')", "/old/state.py": b"y = 1", "/boot_out.txt": b"z"})
    return bit


def configure(devices, board, yaml):
    (devices / "boards.yaml").write_text(f"bit:\n  uid: {board.uid}\n{yaml}")


def on_board(notebook):
    return sorted(notebook.session.device().files.tree().files)


PLAN = "DELETE  /old/state.py\nDELETE  /old/\nADD     /lib/duty.py\nUPDATE  /main.py\n"
BEFORE = ["/boot_out.txt", "/main.py", "/old/state.py"]
AFTER = ["/boot_out.txt", "/lib/duty.py", "/main.py"]


def test_the_lines_have_the_colours_of_the_first_kernel(robot):
    robot.run("%rdiff")
    assert robot.stdout == (
        "\x1b[31mDELETE  /old/state.py\x1b[0m\n"
        "\x1b[31mDELETE  /old/\x1b[0m\n"
        "\x1b[32mADD     /lib/duty.py\x1b[0m\n"
        "\x1b[34mUPDATE  /main.py\x1b[0m\n"
    )


def test_a_byte_order_mark_in_front_of_a_program_is_told(robot, projects):
    (projects / "libs" / "main.py").write_bytes(b"\xef\xbb\xbfx = 1")
    (projects / "libs" / "text.txt").write_bytes(b"\xef\xbb\xbfx")
    robot.run("%rsync")
    assert robot.stderr.count("byte order mark") == 1
    assert "/main.py begins with a byte order mark" in robot.stderr


@pytest.mark.parametrize("line", ["%rdiff", "%rdiff -n", "%rsync --dry-run", "%rsync -n"])
def test_looking_changes_nothing(robot, line):
    assert robot.run(line) == PLAN
    assert on_board(robot) == BEFORE


def test_rsync_does_what_rdiff_shows(robot):
    assert robot.run("%rsync") == PLAN
    assert on_board(robot) == AFTER
    assert robot.run("%rsync") == "Directories match\n"
    assert robot.run("%rdiff") == "Directories match\n"
    assert robot.stdout.endswith("\x1b[32mDirectories match\x1b[0m\n")
    assert robot.run("%cat main.py") == "print('new')\n"


@pytest.mark.parametrize("option", ["-u", "--upload_only", "--upload-only"])
def test_upload_only(robot, option):
    changes = "ADD     /lib/duty.py\nUPDATE  /main.py\n"
    assert robot.run(f"%rdiff {option}") == changes
    assert robot.run(f"%rsync {option}") == changes
    assert on_board(robot) == ["/boot_out.txt", "/lib/duty.py", "/main.py", "/old/state.py"]
    assert robot.run(f"%rsync {option}") == "Directories match\n"
    assert robot.run("%rsync") == "DELETE  /old/state.py\nDELETE  /old/\n"


def test_names_are_cleaned(robot, projects):
    robot.session.device().files.write("/red\x1b[31m\n.py", b"1")
    assert "DELETE  /red?[31m?.py\n" in robot.run("%rdiff").replace("\x1b", "?")


class TestRefusals:
    @pytest.fixture
    def half(self, robot, devices, board):
        configure(devices, board, "  resources:\n    - libs\n    - misspelt\n")
        return robot

    @pytest.mark.parametrize("line", ["%rdiff", "%rsync"])
    def test_a_missing_source(self, half, projects, line):
        with pytest.raises(SyncError) as caught:
            half.run(line)
        assert str(caught.value) == (
            "nothing is deleted on the board (2 files and directories are only there), because something "
            "that belongs on it is missing here:\n"
            f"  'misspelt' (boards.yaml, line 5): there is no {projects}/misspelt\n"
            "'%rsync -u' copies what is here, and deletes nothing"
        )
        assert half.plain == "ADD     /lib/duty.py\nUPDATE  /main.py\n"
        assert on_board(half) == (BEFORE if line == "%rdiff" else sorted([*BEFORE, "/lib/duty.py"]))

    def test_a_missing_source_with_nothing_to_delete(self, half):
        half.session.device().files.remove_tree("/old")
        with pytest.raises(SyncError, match=r"^nothing is deleted on the board, because"):
            half.run("%rsync")
        with pytest.raises(SyncError, match="misspelt"):
            half.run("%rsync")
        assert "match" not in half.plain

    def test_upload_only_goes_on(self, half):
        assert half.run("%rsync -u") == "ADD     /lib/duty.py\nUPDATE  /main.py\n"
        assert half.stderr.startswith("'misspelt' (boards.yaml, line 5): there is no ")

    def test_an_empty_source(self, robot, devices, board, projects):
        (projects / "empty").mkdir()
        configure(devices, board, "  resources: [libs, empty]\n")
        with pytest.raises(SyncError, match=r"'empty' .*/empty is empty"):
            robot.run("%rsync")
        assert "/old/state.py" in on_board(robot)

    def test_no_resources(self, robot, devices, board):
        configure(devices, board, "")
        for line in ("%rdiff", "%rsync", "%rsync -u"):
            with pytest.raises(
                ConfigError, match="'bit' has no resources, so nothing is known to belong on it"
            ):
                robot.run(line)
        assert on_board(robot) == BEFORE

    def test_no_device_file(self, robot, devices):
        (devices / "boards.yaml").unlink()
        with pytest.raises(ConfigError, match=r"no device file describes the board with the uid .*:"):
            robot.run("%rsync")

    def test_no_device_file_but_an_example_of_one(self, robot, devices):
        (devices / "boards.yaml").unlink()
        with pytest.raises(ConfigError) as caught:
            robot.run("%rsync")
        example = str(caught.value).partition(".yaml:\n\n")[2]
        (devices / "my-board.yaml").write_text(example.replace("my-directory", "libs"))
        assert robot.run("%rdiff") == PLAN

    def test_a_broken_device_file(self, robot, devices):
        (devices / "other.yaml").write_text("bit: [")
        with pytest.raises(ConfigError, match=r"other\.yaml, line 1: not valid YAML"):
            robot.run("%rsync")

    def test_a_board_without_a_uid(self, notebook, wasm):
        notebook.session.connect(wasm.url)
        for magic in ("%rsync", "%rdiff"):
            with pytest.raises(SyncError, match=r"^this board has no uid, by which .* '%cp -r DIRECTORY :/'"):
                notebook.run(magic)

    def test_what_is_in_the_way_and_protected(self, robot, projects):
        (projects / "libs" / "old.py").write_text("a file")
        robot.session.device().files.write("/old.py/.keep", b"1")
        with pytest.raises(
            SyncError, match=r"^/old\.py: /old\.py/ is a directory on the board, and must not"
        ):
            robot.run("%rsync")
        assert robot.plain == PLAN
        assert on_board(robot) == ["/boot_out.txt", "/lib/duty.py", "/main.py", "/old.py/.keep"]

    def test_a_module_with_a_mistake(self, robot, devices, board, projects):
        configure(devices, board, f"  mpy: true\n{YAML}")
        (projects / "libs" / "lib" / "duty.py").write_text("x = (1\n")
        with pytest.raises(CompileError, match=r"duty\.py, line \d: SyntaxError"):
            robot.run("%rsync")
        assert (robot.plain, on_board(robot)) == ("", BEFORE)

    def test_not_connected(self, notebook):
        for line in ("%rdiff", "%rsync"):
            with pytest.raises(NotConnectedError):
                notebook.run(line)

    @pytest.mark.parametrize("line", ["%rsync here", "%rdiff -x", "%rsync -x"])
    def test_usage(self, robot, line):
        with pytest.raises(UsageError, match="unrecognized arguments"):
            robot.run(line)


class TestClock:
    """It decides about nothing, but files get times from it."""

    SET = "import machine, time\nmachine.RTC().datetime((2022, 1, 1, 5, 12, 0, 0, 0))"

    @pytest.fixture
    def execs(self, robot, monkeypatch):
        """Counts executions."""
        device, seen = robot.session.device(), []
        run = device.exec
        monkeypatch.setattr(device, "exec", lambda code, **options: seen.append(code) or run(code, **options))
        return seen

    def year(self, notebook):
        return notebook.run("print(time.localtime()[0])")

    def test_looking_leaves_it_alone(self, robot):
        robot.run(self.SET)
        robot.run("%rdiff\n%rsync -n")
        assert self.year(robot) == "2022\n"

    def test_it_is_set(self, robot, execs):
        robot.run(self.SET)
        assert robot.run("%rsync") == PLAN
        assert self.year(robot) == f"{datetime.now().year}\n"
        del execs[:]
        assert robot.run("%rsync") == "Directories match\n"
        assert len(execs) == 1

    def test_it_is_set_when_nothing_is_to_be_copied(self, robot):
        robot.run("%rsync")
        robot.run(self.SET)
        assert robot.run("%rsync") == "Directories match\n"
        assert self.year(robot) == f"{datetime.now().year}\n"


class TestFailures:
    def test_unplugged(self, robot, unix, monkeypatch):
        device = robot.session.device()
        send = device.files.write_files

        def die(*args):
            unix.kill()
            return send(*args)

        with monkeypatch.context() as patch, pytest.raises(ConnectionLostError):
            patch.setattr(device.files, "write_files", die)
            robot.run("%rsync")
        assert robot.plain == PLAN
        assert robot.stderr == (
            "stopped: each file is the old one or the new one, and '%rsync' again does the rest\n"
        )
        assert eventually(lambda: not device.is_open)  # the reader may need a moment to notice
        assert robot.run("%rsync") == "ADD     /lib/duty.py\nUPDATE  /main.py\n"
        assert on_board(robot) == AFTER

    def test_progress(self, robot, projects, monkeypatch):
        monkeypatch.setattr("iot_kernel.magics.progress.TRANSFER_PATIENCE", 0)
        (projects / "libs" / "big.py").write_bytes(b"x = 1\n" * 30_000)
        robot.run("%rsync")
        texts = [bundle["text/plain"] for bundle, display_id, _ in robot.displays if display_id]
        assert texts[0].startswith("copying: ")
        assert texts[-1].startswith("176 KB in ")


class TestHelp:
    def test_of_rdiff(self, notebook):
        assert notebook.run("%rdiff -h") == (
            "usage: %rdiff [-h] [-u] [--on BOARD [BOARD ...]]\n\n"
            "Show differences between microcontroller and host directories\n\n"
            "optional arguments:\n"
            "  -h, --help          show this help message and exit\n"
            "  -u, --upload_only   leave out what would be deleted\n"
            "  --on BOARD [BOARD ...]\n"
            "                      do it on these boards at the same time: names, uids or\n"
            "                      urls, or 'all'; write it last\n\n"
            "Prints what '%rsync' would do, and does nothing.\n"
        )

    def test_of_rsync(self, notebook):
        text = notebook.run("%rsync -h")
        assert "-n, --dry-run       only show what would be done, as %rdiff does\n" in text
        assert "--upload-only" not in text
