"""Bash for a cell: output, exit status, interrupts, and what a script leaves behind."""

import ntpath
import signal
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from iot_kernel.errors import UsageError
from iot_kernel.services import shell
from iot_kernel.services.errors import HostServiceError
from iot_kernel.services.shell import ARGUMENT_LIMIT, ShellJob, find_bash
from tests.each import each
from tests.services import jobs
from tests.services.jobs import DEADLINE, Output, gone


def run(script):
    output = Output()
    returncode = ShellJob(script, output.write).run()
    return returncode, output.text


def start(script):
    """Starts a job on a thread; returns it, its output and a function that waits for the result."""
    output = Output()
    job = ShellJob(script, output.write)
    return job, output, jobs.start(job)


def test_output_of_both_streams_in_order():
    assert run("echo a; echo b >&2; echo c") == (0, "a\nb\nc\n")


@each(("script", "returncode"), [("", 0), ("true", 0), ("exit 3", 3), ("kill -9 $$", -9)])
def test_exit_status(script, returncode):
    assert run(script)[0] == returncode


def test_a_script_has_no_input():
    assert run("cat; read x; echo end") == (0, "end\n")


def test_arguments_of_the_shell_are_its_own():
    assert run("echo $0 $#") == (0, "bash 0\n")


def test_output_appears_while_the_script_runs(tmp_path):
    flag = tmp_path / "flag"
    _, output, result = start(f"echo first; until [ -e {flag} ]; do sleep 0.02; done; echo second")
    output.wait_for("first\n")
    assert output.text == "first\n"
    flag.touch()
    assert result() == 0
    assert output.text == "first\nsecond\n"


def test_a_python_script_is_not_buffered(tmp_path):
    flag = tmp_path / "flag"
    program = f"import os, time\nprint('first')\nwhile not os.path.exists({str(flag)!r}): time.sleep(0.02)"
    _, output, result = start(f"python3 - <<'END'\n{program}\nEND\n")
    output.wait_for("first\n")
    flag.touch()
    assert result() == 0


def test_bytes_that_are_no_text_survive_as_replacement_characters():
    assert run(r"printf 'a\xff\xc3b\xe2\x82'") == (0, "a\ufffd\ufffdb\ufffd")


def test_a_character_split_over_two_writes_is_one():
    assert run(r"printf '\xe2\x82'; sleep 0.1; printf '\xac'") == (0, "€")


def test_a_megabyte_of_output_arrives_whole():
    returncode, text = run("head -c 1000000 /dev/zero | tr '\\0' x")
    assert (returncode, len(text)) == (0, 1_000_000)


def test_a_script_longer_than_an_argument_may_be():
    script = "# filler\n" * (ARGUMENT_LIMIT // 5) + "cat; echo $0 $#"
    assert run(script) == (0, "bash 0\n")


def test_a_long_script_is_stopped():
    filler = "# filler\n" * (ARGUMENT_LIMIT // 5)
    job, output, result = start(f"{filler}echo on; sleep 1000; echo no")
    output.wait_for("on\n")
    job.stop()
    assert result() == -signal.SIGINT


def test_scripts_go_to_bash_as_its_input_on_windows(monkeypatch):
    monkeypatch.setattr(shell, "os", SimpleNamespace(name="nt"))
    output = Output()
    job = ShellJob("echo \"$0\" 'é'\nread x; exit 3", output.write, shell="/bin/bash")
    assert job.run() == 3
    assert output.text == "bash é\n"


GIT = r"C:\Program Files\Git"
STORE = r"C:\Windows\System32\bash.exe"


def test_the_bash_of_git_comes_first_on_windows():
    everyone = {"ProgramFiles": r"C:\Program Files", "PATH": r"C:\Windows\System32"}
    alone = {"LOCALAPPDATA": r"C:\Users\me\AppData\Local", "PATH": r"C:\Windows\System32"}
    on_path = {"PATH": r"C:\Windows\System32;D:\tools\Git\cmd"}
    own = ntpath.join(alone["LOCALAPPDATA"], "Programs", "Git", "bin", "bash.exe")
    for environ, bash in (
        (everyone, GIT + r"\bin\bash.exe"),
        (alone, own),
        (on_path, r"D:\tools\Git\bin\bash.exe"),
    ):
        assert find_bash(environ, windows=True, is_file={bash, STORE}.__contains__) == bash


def test_without_bash_it_is_said_what_to_do(tmp_path):
    for windows, advice in ((True, "winget install Git.Git"), (False, "install the package 'bash'")):
        with pytest.raises(HostServiceError, match=advice) as caught:
            find_bash({"PATH": str(tmp_path)}, windows=windows, is_file=lambda path: False)
        assert "%%host" in str(caught.value)


def test_bash_may_be_anywhere_on_path(tmp_path):
    (tmp_path / "bash").write_text("#!/bin/sh\n")
    (tmp_path / "bash").chmod(0o755)
    found = find_bash({"PATH": str(tmp_path)}, windows=False, is_file=lambda path: False)
    assert found == str(tmp_path / "bash")
    assert Path(find_bash()).is_file()


def test_nul_characters_are_refused():
    with pytest.raises(UsageError, match="NUL"):
        ShellJob("echo \0", print)


def test_a_script_is_stopped():
    job, output, result = start("echo $$; sleep 1000; echo no")
    output.wait_for("\n")
    job.stop()
    assert result() == -signal.SIGINT
    assert "no" not in output.text


def test_stopping_ends_children_that_ignore_the_interrupt():
    job, output, result = start("sleep 1000 & echo $!; wait")
    output.wait_for("\n")
    job.stop()
    result()
    assert gone(int(output.text))


def test_stopping_ends_a_script_that_refuses():
    job, output, result = start("trap '' INT TERM; echo ready; while true; do sleep 0.1; done")
    output.wait_for("ready\n")
    job.stop()
    assert result() == -signal.SIGKILL


def test_a_script_may_clean_up():
    job, output, result = start("trap 'echo cleaned; exit 5' INT; echo ready; while true; do sleep 0.1; done")
    output.wait_for("ready\n")
    job.stop()
    assert result() == 5
    assert output.text == "ready\ncleaned\n"


def test_stopping_before_the_start_and_after_the_end_is_fine():
    output = Output()
    job = ShellJob("sleep 1000", output.write)
    thread = threading.Thread(target=job.stop)
    thread.start()
    while not job._stopping.is_set():
        time.sleep(0.01)
    assert job.run() < 0
    thread.join(DEADLINE)
    job.stop()


def test_what_goes_on_in_the_background_does_not_hold_the_cell_and_still_prints(tmp_path):
    flag = tmp_path / "flag"
    script = f"(until [ -e {flag} ]; do sleep 0.02; done; echo later) & echo $!"
    _, output, result = start(script)
    assert result() == 0
    assert "later" not in output.text
    flag.touch()
    output.wait_for("later\n")
    assert gone(int(output.text.split()[0]))
    assert jobs.no_threads_left()


def test_lines_may_end_as_windows_ends_them():
    assert run("if true; then\r\n  echo a\r\nfi\r\n") == (0, "a\n")


def test_the_streams_can_be_told_apart():
    out, err = Output(), Output()
    assert ShellJob("echo a; echo b >&2; exit 3", out.write, err.write).run() == 3
    assert (out.text, err.text) == ("a\n", "b\n")


def test_another_shell():
    output = Output()
    assert ShellJob("echo $0; [ -z $BASH_VERSION ]", output.write, shell="/bin/sh").run() == 0
    assert output.text == "sh\n"
