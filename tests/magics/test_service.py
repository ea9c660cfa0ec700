"""%%service, with podman and containers of busybox."""

import os
import socket
import threading

import pytest

from iot_kernel.errors import UsageError
from iot_kernel.services.errors import HostCommandError, HostServiceError
from tests.magics.context import RecordingContext
from tests.services import jobs
from tests.services.box import script


@pytest.fixture(scope="module")
def containers(podman):
    """Containers called ``gcc_1_2`` and ``proj-web-1``, the latter with a service ``web``."""
    podman.start("gcc_1_2")
    podman.start("proj-web-1", "--label=com.docker.compose.service=web")
    yield podman
    podman.run("rm", "--all", "--force", "--time=0")


@pytest.fixture
def ctx(containers, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", f"{tmp_path}/programs:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("IOT_CONTAINER_ENGINE", "podman")
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "podman").symlink_to(containers.program)
    return RecordingContext()


def problem(ctx, cell):
    with pytest.raises(HostServiceError) as caught:
        ctx.run(cell)
    return str(caught.value)


def test_a_script(ctx):
    assert (
        ctx.run("%%service web\npwd\necho \"it's $((1 + 1))\" 'x\"y' >&2\nif true; then\n  echo é\nfi\n")
        == "/\né\n"
    )
    assert ctx.stderr == "it's 2 x\"y\n"


def test_names(ctx):
    names = [
        ctx.run(f"%%service {name}\ncat /etc/hostname; hostname")
        for name in ("proj-web-1", "web", "proj-web")
    ]
    assert len({*names}) == 1
    assert "running: gcc (gcc_1_2), web (proj-web-1)" in problem(ctx, "%%service nope\ntouch /never")


def test_a_file_that_prepares(ctx):
    assert ctx.run("%%service gcc\necho $PREPARED") == "prepared\nyes\n"


def test_users(ctx):
    assert ctx.run("%%service web\nid -un; echo $HOME") == "root\n/root\n"
    assert ctx.run("%%service -u iot web\nid -un; echo $HOME") == "iot\n/home/iot\n"
    told = problem(ctx, "%%service -u nosuch web\ntouch /never")
    assert told == "proj-web-1: there is no user 'nosuch' in this container; without -u its own is taken"


def test_shells(ctx):
    assert ctx.run("%%service web\necho $0") == "sh\n"
    assert ctx.run("%%service -s /bin/sh web\necho $0") == "/bin/sh\n"
    told = problem(ctx, "%%service -s /bin/bash web\ntouch /never")
    assert told == "proj-web-1: there is no shell '/bin/bash' in this container; without -s one is found"


@pytest.mark.parametrize(
    ("code", "status"), [("false", 1), ("exit 3", 3), ("exit 126", 126), ("kill -9 $$", 137)]
)
def test_a_script_that_fails(ctx, code, status):
    with pytest.raises(HostCommandError) as caught:
        ctx.run(f"%%service web\n{code}")
    assert str(caught.value) == f"the script in proj-web-1 ended with exit status {status}"
    ctx.run(f"%%service --no-raise-error web\n{code}")


def test_its_input_is_empty(ctx):
    assert ctx.run("%%service web\ncat; read x; echo $?; echo end") == "1\nend\n"


def test_much_output(ctx):
    text = ctx.run("%%service web\nhead -c 3000000 /dev/zero | tr '\\0' x")
    assert text == "x" * 3_000_000


def test_output_that_is_no_text(ctx):
    assert ctx.run("%%service web\nprintf 'a\\377b'") == "a\ufffdb"


def test_a_long_script(ctx):
    assert ctx.run("%%service web\n" + "# filler\n" * 120_000 + "echo end") == "end\n"


@pytest.fixture
def after(ctx):
    """Has something be done as soon as the cell has printed ``on``."""
    out = jobs.Output()
    ctx.out = out.write
    threads = []

    def do(action):
        threads.append(threading.Thread(target=lambda: (out.wait_for("on\n"), action())))
        threads[0].start()

    yield do
    threads[0].join(jobs.DEADLINE)


@pytest.mark.parametrize("code", ["{}", "{} & wait", "trap '' INT; {}; {}"])
def test_an_interrupt_ends_what_runs_there(ctx, after, containers, code):
    seconds = jobs.a_long_time()
    after(lambda: (jobs.eventually(lambda: jobs.sleeps(seconds)), ctx.interrupt()))
    with pytest.raises(KeyboardInterrupt):
        ctx.run(f"%%service web\necho on\n{code}".replace("{}", f"sleep {seconds}"))
    assert jobs.eventually(lambda: not jobs.sleeps(seconds))
    assert jobs.eventually(lambda: len(containers.processes("proj-web-1").splitlines()) == 2)


def test_a_container_that_is_removed_meanwhile(ctx, after, containers):
    containers.start("short")
    after(lambda: containers.run("rm", "--force", "--time=0", "short"))
    with pytest.raises(HostCommandError, match="exit status"):
        ctx.run(f"%%service short\necho on\nsleep {jobs.a_long_time()}")
    assert "running: gcc (gcc_1_2), web (proj-web-1)" in problem(ctx, "%%service short\ntouch /never")


def test_an_engine_of_ones_own(ctx, tmp_path, monkeypatch):
    monkeypatch.delenv("IOT_CONTAINER_ENGINE")
    script(
        tmp_path / "programs" / "docker",
        "#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n",
    )
    assert ctx.run("%%service web\necho a") == "a\n"
    assert ctx.run("%%service --engine podman web\necho a") == "a\n"
    assert problem(ctx, "%%service --engine docker web\ntouch /never") == (
        "containers: docker: Cannot connect to the Docker daemon"
    )


class TestHost:
    def test_a_script(self, ctx):
        assert (
            ctx.run("%%service host\nhostname\necho $0\necho a >&2\ncat") == f"{socket.gethostname()}\nbash\n"
        )
        assert ctx.stderr == "a\n"

    def test_a_script_that_fails(self, ctx):
        with pytest.raises(HostCommandError, match=r"^the script ended with exit status 3$"):
            ctx.run("%%service host\nexit 3")
        ctx.run("%%service --no-raise-error host\nexit 3")

    def test_a_file_that_prepares(self, ctx, tmp_path):
        (tmp_path / ".init_host.sh").write_text("prepared=yes\n")
        assert ctx.run("%%service host\necho $prepared") == "yes\n"

    def test_lines_of_errors_count_from_its_first(self, ctx):
        ctx.run("%%service host\ntrue\nnosuchcommand\ntrue")
        assert "line 2: nosuchcommand" in ctx.stderr

    def test_shells(self, ctx):
        assert ctx.run("%%service -s /bin/sh host\necho $0") == "sh\n"
        assert ctx.run("%%service -s dash host\necho $0") == "dash\n"
        assert (
            problem(ctx, "%%service -s nosuch host\ntrue")
            == "host: there is no shell 'nosuch' on this computer"
        )

    @pytest.mark.parametrize("option", ["-u me", "--engine podman"])
    def test_it_is_no_container(self, ctx, option):
        with pytest.raises(UsageError, match="'host' is no container"):
            ctx.run(f"%%service {option} host\ntouch /never")


def test_nothing_stays(ctx):
    ctx.run("%%service web\necho a")
    assert jobs.no_threads_left()
