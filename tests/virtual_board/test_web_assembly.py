"""The virtual board on MicroPython's WebAssembly port: how it is found, and the real thing."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest

from iot_kernel.device.device import Device
from iot_kernel.errors import ConnectError, ConnectionLostError, DeviceError
from iot_kernel.transports import create_transport
from iot_kernel.virtual_board import web_assembly
from iot_kernel.virtual_board.options import parse_url
from iot_kernel.virtual_board.transport import board_uid
from iot_kernel.virtual_board.web_assembly import PACKAGE, WebAssemblyPort, check_options, find_port
from tests.each import each
from tests.opened import opened
from tests.services.jobs import commands, eventually
from tests.virtual_board.firmware.dialogue import Dialogue
from tools import boards, node

URL = "sim://x"


def installed(root):
    """Puts an empty package where npm would."""
    package = root / PACKAGE
    package.mkdir(parents=True)
    (package / "micropython.mjs").touch()
    return package


@pytest.fixture
def computer(tmp_path, monkeypatch):
    """A computer with Node.js, and its environment."""
    program = tmp_path / "nodejs" / "bin" / "node"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path, {"PATH": str(program.parent)}


class TestFinding:
    def test_npm_has_global_packages_beside_node(self, computer):
        place, environ = computer
        assert find_port(environ=environ, windows=False) is None
        package = installed(place / "nodejs" / "lib" / "node_modules")
        assert find_port(environ=environ, windows=False) == WebAssemblyPort(
            place / "nodejs" / "bin" / "node", package
        )

    @each("name", ["NPM_CONFIG_PREFIX", "NODE_PATH", "IOT_KERNEL_CACHE"])
    def test_places_that_variables_name(self, computer, name):
        place, environ = computer
        roots = {"NPM_CONFIG_PREFIX": "lib/node_modules", "NODE_PATH": "", "IOT_KERNEL_CACHE": ""}
        root = place / name
        if name == "IOT_KERNEL_CACHE":
            package = root / "npm" / "micropython-micropython-webassembly-pyscript-1.29.0-6" / "package"
            package.mkdir(parents=True)
            (package / "micropython.mjs").touch()
        else:
            package = installed(root / roots[name])
        found = find_port(environ={**environ, name: str(root)}, windows=False)
        assert found is not None
        assert found.package == package

    def test_on_windows_npm_has_them_in_appdata(self, computer):
        place, environ = computer
        environ["APPDATA"] = str(place / "AppData" / "Roaming")
        package = installed(place / "AppData" / "Roaming" / "npm" / "node_modules")
        found = find_port(environ=environ, windows=True)
        assert found is not None
        assert found.package == package

    def test_node_that_was_installed_while_the_kernel_ran(self, computer):
        place, _ = computer
        program = place / "Program Files" / "nodejs" / "node.exe"
        program.parent.mkdir(parents=True)
        program.touch()
        package = installed(program.parent / "node_modules")
        environ = {"PATH": "", "ProgramFiles": str(place / "Program Files")}
        assert find_port(environ=environ, windows=True) == WebAssemblyPort(program, package)
        assert find_port(environ=environ, windows=False) is None

    def test_a_named_one_and_no_other(self, computer):
        place, environ = computer
        installed(place / "nodejs" / "lib" / "node_modules")
        mine = installed(place / "mine")
        found = find_port(str(mine), environ, windows=False)
        assert found is not None
        assert found.package == mine
        assert find_port(str(place), environ, windows=False) is None

    def test_what_is_missing_is_said(self, computer):
        _, environ = computer
        assert web_assembly.how_to_get(environ).startswith(f"run 'npm install -g {PACKAGE}@")
        without = web_assembly.how_to_get({"PATH": ""}, system="win32")
        assert "winget install OpenJS.NodeJS.LTS" in without
        assert "npm install -g" in without


def test_options_that_it_cannot_follow_are_refused():
    check_options(URL, parse_url("sim://x?heap=200K&link=usb"))
    with pytest.raises(ConnectError, match="no 'boot', 'webrepl': that needs the unix port"):
        check_options(URL, parse_url("sim://x?boot=1&webrepl=0"))


def test_a_node_that_is_too_old_says_so(tmp_path):
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho 'x:1' >&2; echo 'SyntaxError: Unexpected token' >&2; exit 1\n")
    old.chmod(0o755)
    board = web_assembly.WebAssemblyBoard(URL, WebAssemblyPort(old, tmp_path), tmp_path, "02", parse_url(URL))
    with pytest.raises(ConnectError, match=r"SyntaxError: Unexpected token.*needs Node\.js 20"):
        board.start(30)


def made(directory):
    """The address of a board with boot.py and main.py."""
    directory.mkdir()
    (directory / "boot.py").write_text("booted = __name__\n")
    (directory / "main.py").write_text("print('main', booted)\n")
    return f"sim://?{urlencode({'dir': directory, 'micropython': boards.wasm()})}"


def is_off(directory):
    """Whether no board runs in a directory, or soon."""
    return eventually(lambda: not [line for line in commands() if str(directory) in line])


@pytest.fixture(scope="module")
def node_on_path():
    """Node.js as users have it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{Path(node.node()[0]).parent}{os.pathsep}{os.environ['PATH']}")
        yield


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    """The files of `device`."""
    return tmp_path_factory.mktemp("device") / "disk"


@pytest.fixture(scope="module")
def device(disk, node_on_path):
    """A board, connected."""
    device = Device(made(disk))
    try:
        device.open()
        yield device
    finally:
        device.close()


@pytest.mark.wasm
class TestBoard:
    def test_what_it_is(self, device):
        assert device.exec("import sys; print(sys.platform, booted)") == "webassembly __main__\n"
        assert "__iot_start__" not in device.exec("print(dir())")

    def test_its_machine_has_pins(self, device):
        code = "from machine import ADC, PWM, Pin, Signal\nled = Pin(2, Pin.OUT)\nled.on()\nseen = []\n"
        code += "button = Pin(4, Pin.IN)\nbutton.irq(lambda pin: seen.append(pin.value()), Pin.IRQ_RISING)\n"
        code += "button.drive(1)\nprint(led.value(), Signal(led, invert=True).value(), seen)"
        assert device.exec(code) == "1 0 [1]\n"
        assert 0 < int(device.exec("print(ADC(1).read_u16(), end='')")) < 65536
        assert device.info.uid == ":".join(re.findall("..", board_uid(Path(parse_url(device.url).directory))))

    def test_code_is_interrupted(self, device):
        threading.Timer(0.3, device.interrupt).start()
        with pytest.raises(DeviceError, match="KeyboardInterrupt"):
            device.exec("while True: pass")
        assert device.exec("print(6 * 7)") == "42\n"

    def test_files_are_those_of_the_directory(self, device, disk):
        data = bytes(range(256)) * 300
        device.files.write_files({"/lib/a.bin": data, "/b.txt": "é\n".encode()})
        assert (disk / "lib" / "a.bin").read_bytes() == data
        (disk / "c.txt").write_text("from here")
        assert device.files.read_files(["/lib/a.bin", "/c.txt"]) == [data, b"from here"]
        device.files.write_files({"/c.txt": b"again"})
        (disk / "c.txt").unlink()
        device.files.write_files({"/c.txt": b"anew"})
        assert (
            device.exec("import os\nos.rename('/c.txt', '/d.txt')\nprint(open('d.txt').read())") == "anew\n"
        )
        assert sorted(device.files.tree("/").files) == [
            "/b.txt",
            "/boot.py",
            "/d.txt",
            "/lib/a.bin",
            "/main.py",
        ]
        appended = "with open('/d.txt', 'a') as f:\n    f.write('er')\nos.mkdir('/e'); os.remove('/b.txt')"
        device.exec(appended)
        assert (disk / "d.txt").read_text() == "anewer"
        assert (disk / "e").is_dir()
        assert not (disk / "b.txt").exists()

    def test_a_megabyte_of_output_arrives_whole(self, device):
        assert device.exec("for _ in range(1000): print('x' * 999)") == ("x" * 999 + "\n") * 1000

    def test_a_soft_reset_runs_main_again(self, device):
        device.exec("left = 1")
        device.soft_reset()
        assert device.exec("print(booted, 'left' in globals())") == "__main__ False\n"


@pytest.mark.wasm
def test_switching_off_ends_an_endless_loop(tmp_path, node_on_path):
    dialogue = Dialogue(f"{made(tmp_path / 'disk')}&link=921600")
    try:
        dialogue.hear(b"main __main__\n")
        dialogue.hear(b">>> ")
        dialogue.say(b"while True: print('on')\r\r")
        dialogue.hear(b"on\non\n")
    finally:
        dialogue.close()
    assert dialogue.lost is None
    assert is_off(tmp_path)


KILLED = """
import os, sys
from iot_kernel.transports import create_transport
board = create_transport(sys.argv[1])
board.open(30)
board.write(b"while True: pass\\r\\r")
os._exit(0)
"""


@pytest.mark.wasm
def test_no_board_survives_its_kernel(tmp_path, node_on_path):
    subprocess.run([sys.executable, "-c", KILLED, made(tmp_path / "disk")], check=True)
    assert is_off(tmp_path)


@pytest.mark.wasm
def test_a_process_that_ends_by_itself_is_a_lost_connection(tmp_path, node_on_path):
    transport = create_transport(made(tmp_path / "disk"))
    transport.open(30)
    transport._power._process.kill()
    with pytest.raises(ConnectionLostError, match="the process of the board ended"):
        while transport.read():
            pass
    with pytest.raises(ConnectionLostError):
        while True:
            transport.write(b"x" * 100_000)
    transport.close()


@pytest.mark.wasm
def test_a_main_py_without_end_is_interrupted(tmp_path, node_on_path):
    url = made(tmp_path / "disk")
    (tmp_path / "disk" / "main.py").write_text("import time\nwhile True: time.sleep(0.01)\n")
    with opened(SimpleNamespace(url=url)) as device:
        assert device.exec("print(booted)") == "__main__\n"
