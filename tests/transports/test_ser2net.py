"""Boards behind Debian's ser2net, with the configuration of docs/how-to/boards-elsewhere.md."""

import re
import subprocess
import time
from pathlib import Path
from textwrap import dedent

import pytest
from serial.urlhandler import protocol_socket

from iot_kernel.device.device import Device
from iot_kernel.errors import ConnectError, ConnectReason
from tests.free_ports import free_port
from tests.transports.far import DEADLINE
from tests.transports.served import served
from tools import services

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "boards-elsewhere.md"
CONFIGURATION = dedent(
    re.search(r"^ *```yaml\n(.*?)^ *```", PAGE.read_text(encoding="utf-8"), re.M | re.S)[1]
)

pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")


@pytest.fixture(autouse=True)
def pause_of_pyserial(monkeypatch):
    """This server does notice late that a client has gone: the board is in use until then."""
    monkeypatch.setattr(protocol_socket, "time", time)


class Server:
    """ser2net with both ports at one board."""

    def __init__(self, directory, path):
        self.ports = {"rfc2217": free_port(), "socket": free_port()}
        text = CONFIGURATION.replace("localhost,2217", f"localhost,{self.ports['rfc2217']}")
        text = text.replace("localhost,3333", f"localhost,{self.ports['socket']}")
        self._file = directory / "ser2net.yaml"
        self._file.write_text(re.sub("/dev/ttyACM[01]", path, text))
        self._process = None

    def start(self):
        # -n: in the foreground; -u: without lock files, which need rights
        words = [*services.ser2net(), "-n", "-u", "-c", str(self._file)]
        self._process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        end = time.monotonic() + DEADLINE
        while any(self._is_closed(port) for port in self.ports.values()):
            assert self._process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)

    @staticmethod
    def _is_closed(port):
        """Whether nobody listens there. Connecting, to see it, would be the only client for a while."""
        listening = f":{port:04X} 00000000:0000 0A"
        return listening not in Path("/proc/net/tcp").read_text()

    def kill(self):
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module")
def ser2net(tmp_path_factory):
    with served(tmp_path_factory.mktemp("board")) as path:
        server = Server(tmp_path_factory.mktemp("ser2net"), path)
        server.start()
        yield server
        server.kill()


# A pseudo-terminal has no modem lines.
@pytest.mark.parametrize(("scheme", "options"), [("rfc2217", "?ign_set_control&baud=57600"), ("socket", "")])
def test_a_board_runs_cells_has_files_and_survives_a_restart_of_the_server(ser2net, scheme, options):
    device = Device(f"{scheme}://127.0.0.1:{ser2net.ports[scheme]}{options}")
    try:
        device.open()
        assert device.exec("print(6 * 7); kept = 1") == "42\n"
        data = bytes(range(256)) * 40
        device.files.write("/data.bin", data)
        assert device.files.read("/data.bin") == data
        ser2net.kill()
        end = time.monotonic() + DEADLINE
        while device.is_open:
            assert time.monotonic() < end
            time.sleep(0.02)
        ser2net.start()
        assert not device.reopen()
        assert device.exec("print(kept)") == "1\n"
    finally:
        device.close()


def test_a_port_without_modem_lines_says_what_to_do(ser2net):
    device = Device(f"rfc2217://127.0.0.1:{ser2net.ports['rfc2217']}?timeout=0.3")
    with pytest.raises(ConnectError, match=r"append '\?ign_set_control' to the address") as caught:
        device.open()
    device.close()
    assert caught.value.reason is ConnectReason.UNSUPPORTED
