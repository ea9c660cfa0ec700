"""Shells, other computers and containers from a notebook: live output, status, the stop button, variables."""

import os
import signal

import pytest

from tests.end_to_end.notebook import Notebook, eventually
from tests.services import jobs
from tests.services.box import PASSWORD


@pytest.fixture(scope="module")
def server(ssh_server):
    ssh_server.prepare_client()
    return ssh_server


@pytest.fixture(scope="module")
def container(podman):
    podman.start("proj-web-1", "--label=com.docker.compose.service=web")
    yield podman
    podman.run("rm", "--all", "--force", "--time=0")


@pytest.fixture(scope="module")
def environment(server, container):
    path = f"{server.box.programs}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "IOT_CONTAINER_ENGINE": "podman"}


@pytest.fixture(scope="module")
def notebook(environment):
    with Notebook("iot", env=environment) as notebook:
        yield notebook


@pytest.fixture(params=["!", "bash", "ssh", "service", "host"])
def cell(request, server):
    """Makes a cell that runs a script of one line, in each place there is."""
    heads = {
        "!": "! ",
        "bash": "%%bash\n",
        "ssh": f"%%ssh -p {server.port} 127.0.0.1\n",
        "service": "%%service web\n",
        "host": "%%service host\n",
    }
    return lambda script: heads[request.param] + script


def test_output_and_status(notebook, cell):
    ran = notebook.run(cell("echo \"it's\" 'x\"y'; echo é"))
    assert ran.status == "ok"
    assert ran.text() == "it's x\"y\né\n"


def test_a_script_that_fails_fails_the_cell(notebook, cell):
    ran = notebook.run(cell("echo before; exit 3"))
    assert (ran.status, ran.ename, ran.text()) == ("error", "HostCommandError", "before\n")
    assert ran.reply["evalue"].endswith("ended with exit status 3")
    assert "iot_kernel/" not in ran.error


def test_output_appears_as_it_comes(notebook, cell):
    request = notebook.send(cell("echo first; sleep 1000"))
    notebook.wait_for("first\n", request)
    notebook.manager.interrupt_kernel()
    ran = notebook.finish(request)
    assert (ran.ename, len(ran.of("error"))) == ("KeyboardInterrupt", 1)
    assert notebook.run(cell("echo again")).text() == "again\n"


def test_the_stop_button_leaves_nothing_running(notebook, cell):
    seconds = jobs.a_long_time()
    request = notebook.send(cell(f"trap '' INT; sleep {seconds} & echo on; while :; do sleep 0.1; done"))
    notebook.wait_for("on\n", request)
    assert eventually(lambda: jobs.sleeps(seconds))
    notebook.manager.interrupt_kernel()
    assert notebook.finish(request).ename == "KeyboardInterrupt"
    assert eventually(lambda: not jobs.sleeps(seconds))


@pytest.mark.parametrize("where", ["ssh -p {port} 127.0.0.1", "service web"])
def test_a_kernel_that_dies_leaves_no_script_elsewhere(environment, server, where, tmp_path):
    seconds = jobs.a_long_time()
    with Notebook("iot", env={**environment, "TMPDIR": str(tmp_path)}) as notebook:
        cell = f"%%{where.format(port=server.port)}\necho on; sleep {seconds}"
        notebook.wait_for("on\n", notebook.send(cell))
        assert eventually(lambda: jobs.sleeps(seconds))
        os.kill(notebook.pid, signal.SIGKILL)
        assert eventually(lambda: not jobs.sleeps(seconds))


def test_much_output_arrives_whole(notebook, cell):
    ran = notebook.run(cell("head -c 1000000 /dev/zero | tr '\\0' x"))
    assert len(ran.text()) == 1_000_000


@pytest.mark.parametrize("where", ["bash", "ssh -p {port} 127.0.0.1", "service web"])
def test_output_in_variables_of_host_cells(notebook, server, where):
    magic = f"%%{where.format(port=server.port)} --out log --err problems"
    ran = notebook.run(f"{magic}\necho \"it's\"; echo é >&2; head -c 1000000 /dev/zero | tr '\\0' x")
    assert (ran.status, ran.text(), ran.text("stderr")) == ("ok", "", "")
    assert notebook.run("%%host\nlog[:5], len(log), problems").result == "(\"it's\\n\", 1000005, 'é\\n')"
    assert notebook.run("%%host\nmax(map(len, In)) < 1000").result == "True"  # not in the history


def test_errors_go_where_errors_go(notebook, server):
    for head in (f"%%ssh -p {server.port} 127.0.0.1", "%%service web"):
        ran = notebook.run(f"{head}\necho a; echo b >&2")
        assert (ran.text(), ran.text("stderr")) == ("a\n", "b\n")


def test_a_background_process_of_this_computer_lives_on_and_prints_on(notebook, tmp_path):
    flag = tmp_path / "flag"
    ran = notebook.run(f"%%bash\n(until [ -e {flag} ]; do sleep 0.02; done; echo later) &\necho now")
    assert ran.text() == "now\n"
    flag.touch()
    notebook.wait_for_late("later\n")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%%ssh nosuch.invalid\necho a", "no computer is known by this name"),
        ("%%ssh -p 1 127.0.0.1\necho a", "nothing listens on port 1 there"),
        ("%%service nosuch\necho a", "running: web (proj-web-1)"),
        ("%%service --engine nosuch x\necho a", "nosuch: is not installed, or not on PATH"),
        ("%%service -u nosuch web\necho a", "there is no user 'nosuch' in this container"),
    ],
)
def test_one_clear_error(notebook, cell, words):
    ran = notebook.run(cell)
    assert (ran.status, ran.ename) == ("error", "HostServiceError")
    assert words in ran.reply["evalue"]
    assert len(ran.of("error")) == 1
    assert "iot_kernel/" not in ran.error


@pytest.mark.parametrize(
    "cell", ["%%ssh\nx", "%%ssh -p x host\nx", "%%service\nx", "%%ssh --out 1 h\nx", "%%service -u x host\nx"]
)
def test_wrong_usage(notebook, cell):
    ran = notebook.run(cell)
    assert ran.ename == "UsageError"
    assert "error: " in ran.text("stderr")


def test_a_password_is_shown_nowhere(notebook, server):
    server.prepare_client(key=False)
    script = "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; true"
    for password, status in ((PASSWORD, "ok"), (f"{PASSWORD}!", "error")):
        ran = notebook.run(f"%%ssh -p {server.port} --password {password} 127.0.0.1\n{script}")
        shown = [message for message in ran.messages if message["msg_type"] != "execute_input"]
        assert ran.status == status
        assert PASSWORD not in str((shown, ran.reply))
    server.prepare_client()
