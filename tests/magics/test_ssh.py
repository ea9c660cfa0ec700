"""%%ssh, with OpenSSH's server."""

import os
import socket
import threading

import pytest

from iot_kernel.errors import UsageError
from iot_kernel.services.errors import HostCommandError, HostServiceError
from tests.free_ports import free_port
from tests.magics.context import RecordingContext
from tests.services import jobs
from tests.services.box import PASSWORD

MEGABYTES = 3


@pytest.fixture
def server(ssh_server, monkeypatch):
    """The server, and a client that knows it and has a key for it."""
    monkeypatch.setenv("PATH", f"{ssh_server.box.programs}:{os.environ['PATH']}")
    ssh_server.prepare_client()
    return ssh_server


@pytest.fixture
def ctx(registry):
    return RecordingContext(registry=registry)


@pytest.fixture
def ssh(ctx, server):
    """Runs a script on the server; returns what it printed."""

    def run(script, destination="127.0.0.1", options=""):
        return ctx.run(f"%%ssh -p {server.port} {options} {destination}\n{script}")

    return run


def problem(ssh, *arguments):
    with pytest.raises(HostServiceError) as caught:
        ssh("touch /never", *arguments)
    return str(caught.value)


def test_a_script(ssh, server, ctx):
    assert ssh("cd\npwd\necho \"it's $((1 + 1))\" 'x\"y' >&2\nif true; then\n  echo é\nfi\n") == (
        f"{server.home}\né\n"
    )
    assert ctx.stderr == "it's 2 x\"y\n"


@pytest.mark.parametrize(
    ("destination", "user", "shell"),
    [
        ("127.0.0.1", "root", "/bin/bash"),
        ("iot@127.0.0.1", "iot", "/bin/bash"),
        ("dash@127.0.0.1", "dash", "/bin/dash"),
    ],
)
def test_users_and_their_shells(ssh, destination, user, shell):
    assert ssh("id -un; echo $0", destination) == f"{user}\n{shell}\n"


def test_another_shell(ssh):
    assert ssh("echo $0", options="-s /bin/sh") == "/bin/sh\n"
    with pytest.raises(HostCommandError, match="exit status 127"):
        ssh("echo a", options="--shell nosuch")


def test_names_of_the_configuration(ctx, server):
    server.prepare_client(configuration=f"Host pi\nHostName 127.0.0.1\nPort {server.port}\nUser iot\n")
    assert ctx.run("%%ssh pi\nid -un") == "iot\n"
    assert ctx.run("%%ssh dash@pi\nid -un") == "dash\n"


@pytest.mark.parametrize(
    ("script", "status"), [("false", 1), ("exit 3", 3), ("exit 255", 255), ("kill -9 $$", 137)]
)
def test_a_script_that_fails(ssh, script, status):
    with pytest.raises(HostCommandError) as caught:
        ssh(script)
    assert str(caught.value) == f"the script on 127.0.0.1 ended with exit status {status}"
    ssh(script, options="--no-raise-error")


def test_its_input_is_empty(ssh):
    assert ssh("cat; read x; echo $?; ssh -V 2>/dev/null; echo end") == "1\nend\n"


def test_much_output(ssh):
    text = ssh(f"head -c {MEGABYTES}000000 /dev/zero | tr '\\0' x")
    assert text == "x" * MEGABYTES * 1_000_000


def test_output_that_is_no_text(ssh):
    assert ssh("printf 'a\\xffb'") == "a\ufffdb"


def test_a_long_script(ssh):
    assert ssh("# filler\n" * 120_000 + "echo end") == "end\n"


def test_output_appears_as_it_comes(ssh, ctx, tmp_path):
    out = jobs.Output()
    ctx.out = out.write
    thread = threading.Thread(
        target=ssh, args=(f"echo first; until [ -e {tmp_path}/flag ]; do sleep 0.02; done",)
    )
    thread.start()
    out.wait_for("first")
    (tmp_path / "flag").touch()
    thread.join(jobs.DEADLINE)


@pytest.mark.parametrize("script", ["{}", "{} & wait", "trap '' INT; {}; {}"])
def test_an_interrupt_ends_what_runs_there(ssh, ctx, server, script):
    seconds = jobs.a_long_time()
    out = jobs.Output()
    ctx.out = out.write

    def interrupt():
        out.wait_for("\n")
        assert jobs.eventually(lambda: jobs.sleeps(seconds))
        ctx.interrupt()

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        ssh(f"echo $$ $PPID\n{script}".replace("{}", f"sleep {seconds}"))
    thread.join(jobs.DEADLINE)
    assert jobs.eventually(lambda: not jobs.sleeps(seconds))
    assert jobs.eventually(lambda: not any(server.box.alive(int(pid)) for pid in out.text.split()))


def test_an_interrupt_while_nobody_answers(ctx, server):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        timer = threading.Timer(0.5, ctx.interrupt)
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            ctx.run(f"%%ssh -p {silent.getsockname()[1]} 127.0.0.1\necho a")
        timer.join(jobs.DEADLINE)


def test_a_connection_that_is_lost(ssh):
    """Somebody kills the server's half. That ends the script as well."""
    seconds = jobs.a_long_time()
    with pytest.raises(HostServiceError, match="the connection was lost"):
        ssh(f"kill -9 $(cut -d ' ' -f 4 /proc/$PPID/stat); sleep {seconds}")
    assert jobs.eventually(lambda: not jobs.sleeps(seconds))


class TestPasswords:
    @pytest.fixture(autouse=True)
    def no_key(self, server):
        server.prepare_client(key=False)

    def test_given_in_the_cell(self, ssh, ctx):
        """It stands in no command line and no environment: not in ssh's, not in the server's."""
        files = "/proc/[0-9]*/cmdline /proc/[0-9]*/environ"
        text = ssh(f"cat {files} 2>/dev/null; true", options=f"--password {PASSWORD}")
        assert "SSH_ASKPASS" in text  # of ssh
        assert "SSH_CONNECTION" in text  # of the script
        assert PASSWORD not in text + ctx.stderr

    def test_from_the_secrets_file(self, ssh, registry, server):
        secrets = registry.configuration.places.secrets
        secrets.parent.mkdir(parents=True, exist_ok=True)
        secrets.write_text(f"ssh_pwds = {{'127.0.0.1': {PASSWORD!r}, 'iot@127.0.0.1': 'other'}}\n")
        assert ssh("id -un") == "root\n"
        source = f"ssh_pwds['iot@127.0.0.1'] in {secrets}"
        assert f"it does not let iot in: the password is wrong ({source})" in problem(ssh, "iot@127.0.0.1")

    def test_wrong(self, ssh):
        told = problem(ssh, "127.0.0.1", "--password wrong")
        assert "the password is wrong (given with --password)" in told

    @pytest.mark.parametrize("password", ["''", "'it'\\''s'", "-x"])
    def test_odd_ones_are_wrong_and_nothing_else(self, ssh, password):
        assert "the password is wrong" in problem(ssh, "127.0.0.1", f"--password={password}")

    def test_none(self, ssh):
        told = problem(ssh)
        assert "it accepts none of your keys" in told
        assert "--password" in told

    def test_are_not_given_to_a_server_that_is_not_known(self, ssh, server):
        server.prepare_client(known=False, key=False)
        before = server.log
        assert "does not know its key" in problem(ssh, "127.0.0.1", f"--password {PASSWORD}")
        assert "Accepted" not in server.log[len(before) :]
        assert not (server.home / ".ssh" / "known_hosts").exists()

    def test_are_not_given_for_keys(self, ssh, server):
        server.make_key(server.home / ".ssh" / "id_ed25519", "another")
        assert ssh("id -un", options=f"--password {PASSWORD}") == "root\n"


def test_a_key_goes_before_a_password(ssh):
    assert ssh("id -un", options="--password wrong") == "root\n"


def test_a_key_with_a_passphrase_and_no_agent(ssh, server):
    server.prepare_client(key=False)
    server.make_key(server.home / ".ssh" / "id_ed25519", "secret")
    assert "'ssh-add' unlocks" in problem(ssh)


def test_keys_of_an_agent(ssh, server, monkeypatch):
    server.prepare_client(key=False)
    with server.agent(server.key) as path:
        monkeypatch.setenv("SSH_AUTH_SOCK", path)
        assert ssh("id -un") == "root\n"


def test_a_server_that_is_not_known(ssh, server):
    server.prepare_client(known=False)
    assert f"Run 'ssh -p {server.port} root@127.0.0.1' once" in problem(ssh)
    assert not (server.home / ".ssh" / "known_hosts").exists()


def test_a_server_that_has_changed(ssh, server):
    public = server.key.with_suffix(".pub").read_text()
    (server.home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {public}")
    assert f"'ssh-keygen -R \"[127.0.0.1]:{server.port}\"'" in problem(ssh)
    assert "another key than before" in problem(ssh, "127.0.0.1", f"--password {PASSWORD}")


def test_what_the_configuration_trusts_is_trusted_and_said(ssh, ctx, server):
    server.prepare_client(known=False, configuration="StrictHostKeyChecking accept-new\n")
    assert ssh("echo a") == "a\n"
    assert "Permanently added" in ctx.stderr


def test_a_command_of_the_configuration_does_not_stand_in_the_way(ssh, server):
    server.prepare_client(configuration="RemoteCommand false\nRequestTTY force\n")
    assert ssh("echo a") == "a\n"


def test_nobody_listens(ctx, server):
    port = free_port()
    with pytest.raises(HostServiceError, match=f"nothing listens on port {port} there"):
        ctx.run(f"%%ssh -p {port} 127.0.0.1\necho a")


def test_no_such_computer(ctx, server):
    with pytest.raises(HostServiceError, match=r"^nosuch\.invalid: no computer is known by this name"):
        ctx.run("%%ssh nosuch.invalid\necho a")


def test_no_ssh(ctx, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HostServiceError, match="sudo apt install openssh-client"):
        ctx.run("%%ssh 127.0.0.1\necho a")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "x", "²"])
def test_what_is_no_port(ctx, port):
    with pytest.raises(UsageError, match="is no port number"):
        ctx.run(f"%%ssh --port={port} host\necho a")


def test_a_nul_character(ssh):
    with pytest.raises(UsageError, match="NUL"):
        ssh("echo \0")


def test_nothing_stays(ssh):
    ssh("echo a", options="--password x")
    assert jobs.no_threads_left()
