"""Boards behind a real OpenSSH server: what holds beyond the contract, and each way to go wrong."""

import contextlib
import grp
import os
import re
import shlex
import signal
import socket
import subprocess
import termios
import threading
import time
from pathlib import Path

import pytest

import iot_kernel
from iot_kernel.device.device import Device
from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason, DeviceError
from iot_kernel.transports import serial, ssh
from iot_kernel.transports.serial import UART_BURST, SerialTransport
from iot_kernel.transports.ssh import SshTransport
from tests.each import each
from tests.free_ports import free_port
from tests.transports.far import DEADLINE, TerminalFar
from tests.transports.served import served
from tools import services


@pytest.fixture
def server(ssh_server, monkeypatch):
    """A server that trusts its client, which is on PATH."""
    monkeypatch.setenv("PATH", f"{ssh_server.box.programs}:{os.environ['PATH']}")
    ssh_server.prepare_client()
    return ssh_server


@pytest.fixture
def terminal():
    far = TerminalFar()
    yield far
    far.stop()


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """The path of a port with a board."""
    with served(tmp_path_factory.mktemp("board")) as path:
        yield path


def url(server, path, user="root"):
    return f"ssh://{user}@127.0.0.1:{server.port}{path}"


def opened(address, timeout=DEADLINE):
    transport = SshTransport(address)
    transport.open(timeout)
    return transport


def refusal(address, timeout=DEADLINE):
    transport = SshTransport(address)
    with pytest.raises(ConnectError) as caught:
        transport.open(timeout)
    transport.close()
    assert "\n" not in str(caught.value)
    return caught.value


def eventually(condition):
    end = time.monotonic() + DEADLINE
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return met


def left(server):
    """The processes at the other computer that belong to connections."""
    lines = server.box.run("ps", "-A", "-o", "pid=,ppid=,args=").splitlines()
    found = {}
    for line in lines:
        pid, parent, words = line.split(maxsplit=2)
        if (words.startswith("sh -c ") and "iot-kernel:" in words) or parent in found:
            found[pid] = words
    return found


def processes():
    """The words of all processes of this computer, by number."""
    found = {}
    for words in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            found[int(words.parent.name)] = words.read_bytes()
    return found


def sessions(server):
    """The server's processes that serve a connection, as this computer numbers them."""
    return [number for number, words in processes().items() if b"@notty" in words]


# A board


def test_a_board_runs_cells_and_stops_them_and_has_files(server, board):
    device = Device(url(server, board))
    try:
        device.open()
        assert device.exec("print(6 * 7)") == "42\n"
        running = threading.Event()
        threading.Thread(target=lambda: (running.wait(DEADLINE), device.interrupt())).start()
        with pytest.raises(DeviceError, match="KeyboardInterrupt"):
            device.exec("print('on')\nwhile True: pass", on_output=lambda text: running.set())
        data = bytes(range(256)) * 80
        device.files.write("/data.bin", data)
        assert device.files.read("/data.bin") == data
        device.exec("kept = 1")
        for session in sessions(server):
            os.kill(session, signal.SIGKILL)
        assert eventually(lambda: not device.is_open)
        assert not device.reopen()
        assert device.exec("print(kept)") == "1\n"
    finally:
        device.close()
    assert eventually(lambda: not left(server)), left(server)


def test_a_board_that_was_there_is_known_by_its_uid(server, board, monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    with iot_kernel.connect(url(server, board)) as device:
        uid = device.info.uid
        with pytest.raises(ConnectError, match="has it already") as caught:
            iot_kernel.connect(f"{url(server, board)}?baud=9600")
        assert caught.value.reason is ConnectReason.OWN
    with iot_kernel.connect(uid, "ssh") as device:
        assert device.exec("print(1)") == "1\n"


def test_a_name_of_the_configuration_and_a_jump(server, terminal):
    jump = shlex.join([*services.openssh()["ssh"], "-p", str(server.port), "-W", "%h:%p", "127.0.0.1"])
    server.prepare_client(
        configuration=f"Host Bench\nHostName 127.0.0.1\nPort {server.port}\nUser root\nLocalForward 1 h:1\n"
        f"ProxyCommand {jump}\nControlMaster auto\nControlPath ~/mux-%C\n"
    )
    transport = opened(f"ssh://Bench{terminal.path}")
    transport.write(b"there")
    assert terminal.receive(5) == b"there"
    assert not list(server.home.glob("mux-*"))
    transport.close()


def test_a_connection_that_is_there_already_is_used(server, terminal):
    server.prepare_client(configuration="ControlPath ~/mux-%C\n")
    login = ["ssh", "-M", "-N", "-p", str(server.port), "root@127.0.0.1"]
    with subprocess.Popen(login, start_new_session=True) as master:
        assert eventually(lambda: list(server.home.glob("mux-*")))
        logins = server.log.count("Accepted")
        transport = opened(url(server, terminal.path))
        terminal.send(b"by the master")
        assert transport.read()
        transport.close()
        assert server.log.count("Accepted") == logins
        assert eventually(lambda: not left(server)), left(server)
        os.killpg(master.pid, signal.SIGTERM)


def test_the_port_is_set_and_nothing_is_echoed(server, terminal):
    slave = os.open(terminal.path, os.O_RDWR | os.O_NOCTTY)
    before = termios.tcgetattr(slave)
    before[3] |= termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN
    termios.tcsetattr(slave, termios.TCSANOW, before)
    transport = opened(f"{url(server, terminal.path)}?baud=9600")
    iflag, oflag, cflag, lflag, *speeds, _ = termios.tcgetattr(slave)
    assert speeds == [termios.B9600] * 2
    assert not lflag & (termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN)
    assert not iflag & (termios.IXON | termios.ICRNL)
    assert not oflag & termios.OPOST
    assert cflag & termios.HUPCL
    transport.close()
    os.close(slave)


@each(
    ("answer", "option", "burst"),
    [
        ("open /dev/ttyUSB0 10c4 ea60", "", UART_BURST),
        ("open /dev/ttyACM0 2e8a 0005", "", None),
        ("open /dev/ttyAMA0", "", UART_BURST),
        ("open /dev/pts/3", "", None),
        ("open /dev/ttyACM0 2e8a 0005", "?burst=32", 32),
        ("open", "", None),
        ("open x \u2460\u2460\u2460\u2460 0005", "", UART_BURST),
    ],
)
def test_bursts(answer, option, burst):
    transport = SshTransport(f"ssh://pi/dev/pts/3{option}")
    transport._take(answer, None)
    assert transport.burst == burst


# Its end


def test_nothing_stays_there_however_it_ends(server, terminal):
    def close(transport):
        transport.close()

    def kill_client(transport):
        os.killpg(transport._stream._process.pid, signal.SIGKILL)

    def cut(transport):
        for session in sessions(server):
            os.kill(session, signal.SIGKILL)

    for end in (close, kill_client, cut):
        transport = opened(url(server, terminal.path))
        assert left(server)
        end(transport)
        assert eventually(lambda: not left(server)), f"{end.__name__}: {left(server)}"
        transport.close()


def test_nothing_stays_there_when_the_board_takes_nothing(server, terminal, monkeypatch):
    monkeypatch.setattr(ssh, "BEAT", 1)
    terminal.listens.clear()
    transport = opened(url(server, terminal.path))
    transport.write(bytes(65536))
    transport.close()
    assert eventually(lambda: not left(server)), left(server)


def test_an_unplugged_board_is_noticed(server):
    far = TerminalFar()
    transport = opened(url(server, far.path))
    far.stop()
    with pytest.raises(ConnectionLostError, match=r"\(the port is gone: unplugged, or the board was reset\)"):
        transport.read()
    with pytest.raises(ConnectionLostError, match="the port is gone"):
        for _ in range(100):
            transport.write(b"x" * 1000)
    transport.close()


def test_a_network_that_is_gone_is_noticed(server, terminal):
    server.prepare_client(configuration="ServerAliveInterval 1\nServerAliveCountMax 1\n")
    transport = opened(url(server, terminal.path))
    stopped = sessions(server)
    for session in stopped:
        os.kill(session, signal.SIGSTOP)
    try:
        with pytest.raises(ConnectionLostError, match=r"\(Timeout, server .* not responding\)"):
            transport.read()
    finally:
        for session in stopped:
            os.kill(session, signal.SIGCONT)
        transport.close()
    assert eventually(lambda: not left(server)), left(server)


def test_a_connection_that_was_lost_is_replaced_there(server, terminal):
    lost = opened(url(server, terminal.path))
    before = set(left(server))
    os.killpg(lost._stream._process.pid, signal.SIGSTOP)  # the network is gone, and nobody there knows it yet
    transport = opened(url(server, terminal.path))
    assert eventually(lambda: not before & set(left(server)))
    transport.write(b"mine")
    assert terminal.receive(4) == b"mine"
    os.killpg(lost._stream._process.pid, signal.SIGCONT)
    lost.close()
    terminal.send(b"still")
    assert transport.read()
    transport.close()


# Who has the port


def test_another_kernel_has_it_by_ssh(server, terminal, monkeypatch):
    transport = opened(url(server, terminal.path))
    monkeypatch.setattr(ssh, "_OWNER", "another")
    error = refusal(url(server, terminal.path))
    assert error.reason is ConnectReason.BUSY
    assert f"'ssh -p {server.port} root@127.0.0.1 kill " in str(error)
    transport.close()


@pytest.mark.parametrize("user", ["root", "dash"])  # the system keeps out users, a lock also root
def test_a_kernel_of_that_computer_has_it(server, terminal, user):
    Path(terminal.path).chmod(0o666)
    there = SerialTransport(terminal.url)
    there.open(DEADLINE)
    error = refusal(url(server, terminal.path, user))
    assert error.reason is ConnectReason.BUSY
    assert "in use at 127.0.0.1 by another program (another kernel, mpremote" in str(error)
    there.close()
    opened(url(server, terminal.path, user)).close()


def test_programs_that_lock_are_kept_out(server, terminal):
    transport = opened(url(server, terminal.path))
    with pytest.raises(ConnectError) as caught:
        SerialTransport(terminal.url).open(DEADLINE)
    assert caught.value.reason is ConnectReason.BUSY
    transport.close()


# What goes wrong


def test_a_port_that_is_none(server, terminal, tmp_path):
    error = refusal(url(server, "/dev/nosuchport"))
    assert error.reason is ConnectReason.MISSING
    assert "127.0.0.1 has no port /dev/nosuchport; " in str(error)
    (tmp_path / "notes").touch()
    for path in ("/dev/null", f"{tmp_path}/notes"):
        error = refusal(url(server, path))
        assert error.reason is ConnectReason.UNSUPPORTED
        assert f"{path} of 127.0.0.1 is no serial port" in str(error)
    error = refusal(f"{url(server, terminal.path)}?baud=12345678")
    assert error.reason is ConnectReason.UNSUPPORTED
    assert "cannot use the port" in str(error)


def test_no_right_to_use_the_port(server, terminal):
    Path(terminal.path).chmod(0o620)
    os.chown(terminal.path, -1, 0)
    assert "ask its administrator for access" in str(refusal(url(server, terminal.path, "iot")))
    os.chown(terminal.path, -1, grp.getgrnam("dialout").gr_gid)
    error = refusal(url(server, terminal.path, "iot"))
    assert error.reason is ConnectReason.DENIED
    assert "iot has no right to use" in str(error)
    assert f"run 'ssh -t -p {server.port} iot@127.0.0.1 sudo usermod -a -G dialout iot'" in str(error)


def test_a_key_that_is_not_known_or_has_changed(server, terminal):
    server.prepare_client(known=False)
    error = refusal(url(server, terminal.path))
    assert error.reason is ConnectReason.AUTH
    assert f"Run 'ssh -p {server.port} root@127.0.0.1' once in a terminal" in str(error)
    public = server.key.with_suffix(".pub").read_text()
    (server.home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {public}")
    error = refusal(url(server, terminal.path))
    assert error.reason is ConnectReason.AUTH
    assert "it has another key than before" in str(error)


def test_a_server_that_asks_for_a_password(server, terminal):
    server.prepare_client(key=False)
    error = refusal(url(server, terminal.path))
    assert error.reason is ConnectReason.AUTH
    assert "it does not let root in: it accepts none of your keys" in str(error)
    assert f"'ssh-copy-id -p {server.port} root@127.0.0.1' takes your key there" in str(error)
    assert "a password cannot be asked for here" in str(error)


def test_computers_that_do_not_answer(server):
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        error = refusal(f"ssh://127.0.0.1:{port}/dev/ttyACM0", timeout=0.5)
    assert error.reason is ConnectReason.TIMEOUT
    assert "it does not answer" in str(error)
    error = refusal(f"ssh://127.0.0.1:{port}/dev/ttyACM0")
    assert error.reason is ConnectReason.REFUSED
    assert f"nothing listens on port {port} there" in str(error)
    error = refusal("ssh://no-such-host.invalid/dev/ttyACM0")
    assert error.reason is ConnectReason.MISSING
    assert "no computer is known by this name" in str(error)


def test_ssh_itself(server, monkeypatch, tmp_path):
    server.prepare_client(configuration="Bogus yes\n")
    error = refusal("ssh://pi/dev/ttyACM0")
    assert error.reason is ConnectReason.UNSUPPORTED
    assert "Bad configuration option: bogus" in str(error)
    monkeypatch.setenv("PATH", str(tmp_path))
    error = refusal("ssh://pi/dev/ttyACM0")
    assert error.reason is ConnectReason.MISSING
    assert "sudo apt install openssh-client" in str(error)


def test_close_ends_a_login_that_hangs(server):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        transport = SshTransport(f"ssh://127.0.0.1:{silent.getsockname()[1]}/dev/ttyACM0")
        opening = threading.Thread(target=transport.open, args=(DEADLINE,))
        opening.start()
        client, _ = silent.accept()
        transport.close()
        client.close()
        opening.join(DEADLINE / 2)
        assert not opening.is_alive()
        assert transport.read() == b""


def test_a_login_shell_that_prints(server, terminal):
    profile = server.home / ".bashrc"
    profile.write_text("echo welcome to this computer; echo and mind the step >&2\n")
    try:
        transport = opened(url(server, terminal.path))
        terminal.send(b"quiet")
        assert transport.read() == b"quiet"
        transport.close()
    finally:
        profile.unlink()


# Computers that have little


def ours():
    """The processes of this computer that belong to connections of this one."""
    return [words for words in processes().values() if f"iot-kernel:{ssh._OWNER}:".encode() in words]


def plug_in(directory, name, monkeypatch):
    """Has the system tell of a port as Linux tells of one behind a Pico."""
    device = directory / "devices" / "usb1" / "1-1"
    (device / "1-1:1.0" / "tty" / name).mkdir(parents=True)
    (device / "idVendor").write_text("2e8a\n")
    (device / "idProduct").write_text("0005\n")
    port = directory / "class" / "tty" / name
    port.mkdir(parents=True)
    (port / "device").symlink_to(device / "1-1:1.0")
    program = ssh._program().replace("/sys/", f"{directory}/")
    monkeypatch.setattr(ssh, "_program", lambda: program)
    monkeypatch.setattr(serial, "_PTY", re.compile("no terminal is a pty now"))


@pytest.mark.services
@pytest.mark.parametrize("shell", ["bash", "dash", "busybox"])
def test_shells(shell, terminal, tmp_path, monkeypatch):
    """A program in the place of ssh runs the line here, with these shells and few programs."""
    where = "/bin" if shell == "bash" else ""
    needed = ["sh", "head", "stty", "cat", "sleep", "uname"]
    if shell == "busybox":
        for name in [*needed, "ps", "id", "ls", "readlink", "flock"]:
            (tmp_path / name).symlink_to(services.busybox())
    else:
        for name in needed:
            (tmp_path / name).symlink_to(f"/usr/bin/{shell if name == 'sh' else name}")
    (tmp_path / "ssh").write_text(
        f"#!{tmp_path}/sh\n"
        "case $* in -G*) echo hostname here; echo port 22; echo user me; exit ;; esac\n"
        'for last; do :; done\nexec sh -c "$last"\n'
    )
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path) + (where and f":{where}"))
    monkeypatch.setenv("COLUMNS", "80")
    plug_in(tmp_path / "sys", Path(terminal.path).name, monkeypatch)
    first = opened(f"ssh://here{terminal.path}")
    assert first.burst is None, "it is a Pico, and no port without USB"
    every = bytes(range(256))
    first.write(every)
    assert terminal.receive(256) == every
    terminal.send(every)
    received = b""
    while len(received) < 256:
        received += first.read()
    assert received == every
    second = (
        opened(f"ssh://here{terminal.path}") if shell != "dash" else None
    )  # which ends the first: it has ps
    if second:
        with pytest.raises(ConnectionLostError):
            first.read()
        second.close()
    first.close()
    process = first._stream._process
    assert process.returncode is not None
    assert refusal("ssh://here/dev/nosuchport").reason is ConnectReason.MISSING
    for _ in range(10):
        opened(f"ssh://here{terminal.path}").close()
    assert eventually(lambda: not ours()), ours()
