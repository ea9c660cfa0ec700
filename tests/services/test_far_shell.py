"""A script on its way to another shell: it arrives as it is, and ends when its input does."""

import re
import shlex
import signal
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.errors import UsageError
from iot_kernel.services.far_shell import far_script
from iot_kernel.services.job import Job
from tests.services import jobs
from tests.services.jobs import Output, gone, start
from tools import services


@pytest.fixture(params=["bash", "dash", "busybox"])
def outer(request):
    """The words that start what is ``sh`` there."""
    return [str(services.busybox()), "sh"] if request.param == "busybox" else [request.param]


def job(script, outer=("sh",), out=None, err=None, **options):
    far = far_script(script, **options)
    command = [*outer, *far.words[1:]]
    return Job(command, out or (lambda text: None), err or (lambda text: None), data=far.data)


def run(script, outer=("sh",), **options):
    out, err = Output(), Output()
    returncode = job(script, outer, out.write, err.write, **options).run()
    return returncode, out.text, err.text


@pytest.mark.parametrize("shell", [None, "dash"])
def test_streams_and_status(outer, shell):
    assert run("echo a\necho b >&2\nexit 3\n", outer, shell=shell) == (3, "a\n", "b\n")
    assert run("false", outer, shell=shell) == (1, "", "")
    assert run("kill -9 $$", outer, shell=shell) == (137, "", "")
    assert run("kill 0; echo $?", outer, shell=shell)[0] in (0, 143)


def test_bash_where_there_is_one(outer):
    assert run("echo $0 $#; [ $BASH_VERSION ]", outer) == (0, "bash 0\n", "")


@pytest.mark.services
def test_sh_where_there_is_no_bash(tmp_path, monkeypatch):
    for name in ("sh", "head", "cat"):
        (tmp_path / name).symlink_to(services.busybox())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run("echo $0", ["/bin/dash"]) == (0, "sh\n", "")


def test_a_shell_that_is_not_there(outer):
    returncode, _, err = run("echo a", outer, shell="/bin/nosuch shell")
    assert returncode == 127
    assert "/bin/nosuch shell: " in err


@pytest.mark.parametrize(
    ("variable", "used"),
    [("/bin/dash", "/bin/dash"), ("/bin/tcsh", "bash"), ("", "bash"), ("/a b/fish", "bash")],
)
def test_the_login_shell_if_it_is_one_that_scripts_are_written_for(outer, monkeypatch, variable, used):
    monkeypatch.setenv("SHELL", variable)
    assert run("echo $0", outer, login=True) == (0, f"{used}\n", "")


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50))
def test_any_text_arrives_as_it_is(text):
    returncode, out, _ = run(f"printf %s {shlex.quote(text)}")
    assert (returncode, out) == (0, text.replace("\r\n", "\n"))


def test_nul_characters_are_refused():
    with pytest.raises(UsageError, match="NUL"):
        far_script("echo \0")


def test_a_long_script(outer):
    assert run("# filler\n" * 120_000 + "echo end", outer) == (0, "end\n", "")


def test_the_script_has_an_empty_input(outer):
    assert run("cat; read x; echo $?; cat", outer) == (0, "1\n", "")


def test_the_script_may_wait_for_what_it_started(outer):
    assert run("(sleep 0.1; echo first) & wait; echo second", outer) == (0, "first\nsecond\n", "")


def test_lines_of_errors_count_from_its_first(outer):
    assert "line 2: nosuchcommand" in run("true\nnosuchcommand\n", outer)[2]


def test_a_script_that_ended_has_left_nothing(outer, tmp_path):
    out = Output()
    assert job("echo $PPID", outer, out.write).run() == 0
    assert gone(int(out.text))
    assert jobs.no_threads_left()


def test_a_file_is_sourced_first_if_it_is_there(outer, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    name = ".init_it's \"$HOME`.sh"
    assert run("echo $prepared", outer, init=name) == (0, "\n", "")
    (tmp_path / name).write_text("prepared=yes\nset -u\n")
    assert run("echo $prepared", outer, init=name) == (0, "yes\n", "")


def test_only_a_whole_script_runs(outer, tmp_path):
    far = far_script(f"touch {tmp_path}/ran")
    command = [*outer, *far.words[1:]]
    done = subprocess.run(command, input=far.data[:-3], capture_output=True, check=False)
    assert done.returncode == 255
    assert not (tmp_path / "ran").exists()


def test_the_end_of_its_input_ends_the_script(outer):
    out = Output()
    sleeping = job("sleep 1000 & echo $! $$; wait; echo no", outer, out.write)
    result = start(sleeping)
    out.wait_for("\n")
    sleeping._pump.hang_up()
    assert result() == 130
    assert all(gone(int(pid)) for pid in out.text.split())


def test_the_script_may_clean_up(outer):
    out = Output()
    script = "trap 'echo cleaned; exit 5' INT; echo ready; while :; do sleep 0.1; done"
    trapping = job(script, outer, out.write)
    result = start(trapping)
    out.wait_for("ready")
    trapping.stop()
    assert (result(), out.text) == (5, "ready\ncleaned\n")


def test_the_end_of_its_input_ends_it(outer):
    """As when ssh is killed, or its connection is lost: nothing there hears a signal, only the input ends."""
    far = far_script("trap '' INT TERM; echo $$ $PPID; while :; do sleep 0.1; done")
    process = subprocess.Popen(
        [*outer, *far.words[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    with process:
        process.stdin.write(far.data)
        process.stdin.flush()
        pids = [int(pid) for pid in process.stdout.readline().split()]
        process.stdin.close()
        assert all(gone(pid) for pid in pids)
    assert process.returncode == -signal.SIGKILL


def test_the_line_survives_any_login_shell():
    """In single quotes, that is, which mean the same to all of them unless there is one of these inside."""
    line = far_script("it's\n!", login=True).line
    assert "\n" not in line
    assert not re.search(r"!\S", line)
    inside = shlex.split(line)
    assert inside[:3] == ["exec", "sh", "-c"]
    assert not any("'" in word for word in inside)
    done = subprocess.run(
        ["dash", "-c", far_script("echo a").line], input=b"", capture_output=True, check=False
    )
    assert done.returncode == 255
