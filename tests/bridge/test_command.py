"""A bridge as a process, from its start to SIGTERM."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from iot_kernel.bridge import command
from iot_kernel.virtual_board.board import VirtualBoard
from iot_kernel.virtual_board.options import BoardOptions
from iot_kernel.virtual_board.ports import TcpPort
from iot_kernel.virtual_board.transport import power_on
from tests.bridge.plug import Plug
from tests.bridge.reader import DEADLINE, reading
from tests.each import each
from tests.mqtt_brokers import MqttBroker
from tools import boards

#: Writes numbers; a file called reset resets the board, one called fail makes it fail.
PROGRAM = """\
import os, struct, time, machine, ucore
print("begun 100%")
pipe = ucore.open_pipe("adc")
while True:
    pipe.write(struct.pack("<f", 1))
    time.sleep_ms(10)
    if "reset" in os.listdir():
        os.remove("reset")
        machine.reset()
    if "fail" in os.listdir():
        os.remove("fail")
        raise ValueError("enough")
"""

#: Ends, and leaves a thread that writes; a file called reset resets the board.
THREAD = """\
import os, time, machine, ucore, _thread
def work():
    pipe = ucore.open_pipe("t/1")
    while pipe.write(b"1234"):
        time.sleep_ms(10)
        if "reset" in os.listdir():
            os.remove("reset")
            machine.reset()
_thread.start_new_thread(work, ())
"""

STUBBORN = """\
import time
print("begun")
while True:
    try:
        time.sleep(1)
    except KeyboardInterrupt:
        pass
"""

#: The command, with pauses that suit a test.
BRIDGE = """\
from iot_kernel.bridge import bridge
bridge.RESTART_PAUSE = bridge.RETRY_PAUSE = bridge.POLL = 0.3
from iot_kernel.bridge import command
command.STOP_PATIENCE = 0.3
from iot_kernel.__main__ import main
main()
"""


class BridgeProcess:
    """A bridge, and the lines that it logs."""

    def __init__(self, *words):
        self.lines = []
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, "-c", BRIDGE, "bridge", *map(str, words)],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "JOURNAL_STREAM": "1:2"},
        )
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self):
        for line in self.process.stderr:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()

    def wait_for(self, pattern, count=1):
        found = re.compile(pattern)
        with self._changed:
            enough = lambda: sum(bool(found.search(line)) for line in self.lines) >= count  # noqa: E731
            assert self._changed.wait_for(enough, DEADLINE), self.lines

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(DEADLINE)
        self._thread.join(DEADLINE)
        return self.process.returncode


@contextmanager
def bridging(*words):
    bridge = BridgeProcess(*words)
    try:
        yield bridge
    finally:
        bridge.process.kill()
        bridge.process.wait()
        bridge._thread.join(DEADLINE)
        bridge.process.stderr.close()


@pytest.fixture
def broker(tmp_path):
    made = MqttBroker("mosquitto", tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def plug(tmp_path):
    made = Plug(tmp_path)
    yield made
    made.pull()


def test_a_bridge_goes_on_until_it_is_told_to_end(broker, plug, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    words = (
        plug.path,
        "--run",
        tmp_path / "program.py",
        "--mqtt",
        broker.url,
        "--pipe",
        "adc",
        "--name",
        "lamp",
    )
    with bridging(*words) as bridge, reading(broker) as reader:
        is_online = lambda: reader.status.get("lamp", {}).get("online")  # noqa: E731
        bridge.wait_for("there is no such serial port")
        plug.plug_in()
        first = reader.wait_for_stream()
        assert first[0] == "adc"
        reader.wait(lambda: is_online() and reader.status["lamp"]["pipes"] == ["adc"])
        bridge.wait_for(r"^\| begun 100%$")

        (plug.files / "reset").touch()
        second = reader.wait_for_stream(first)
        assert first in reader.ended

        plug.pull()
        reader.wait(lambda: not is_online())
        assert second in reader.ended
        plug.plug_in()
        third = reader.wait_for_stream(first, second)
        assert is_online()

        (plug.files / "fail").touch()
        bridge.wait_for(r"^\| ValueError: enough$")
        bridge.wait_for("starts .*program.py", count=4)
        before = len(reader.streams[third])
        reader.wait(lambda: len(reader.streams[third]) > before)  # its pipe is still open

        broker.kill()
        bridge.wait_for("messages are kept until it is back")
        before = len(reader.streams[third])
        broker.start()
        bridge.wait_for("is back after .* nothing was lost")
        reader.wait(lambda: len(reader.streams[third]) > before and is_online())
        numbers = reader.streams[third]
        assert set(numbers) == set(range(max(numbers) + 1))  # none is missing; some may come twice

        assert bridge.terminate() == 0
        reader.wait(lambda: not is_online() and third in reader.ended)
        assert not [line for line in bridge.lines if "Traceback" in line and not line.startswith("|")]


def test_a_program_that_has_ended_is_started_again_after_a_reset(broker, plug):
    plug.files.mkdir()
    (plug.files / "work.py").write_text(THREAD)
    plug.plug_in()
    with bridging(plug.path, "--run", ":work.py", "--mqtt", broker.url) as bridge, reading(broker) as reader:
        first = reader.wait_for_stream()
        assert first[0] == "t%2F1"
        bridge.wait_for(":work.py has ended; what it has started goes on")
        (plug.files / "reset").touch()
        bridge.wait_for("the board was reset")
        second = reader.wait_for_stream(first)
        (uid,) = reader.status
        assert uid == reader.status[uid]["uid"]
        plug.pull()
        reader.wait(lambda: not reader.status[uid]["online"] and second in reader.ended)
        assert bridge.terminate() == 0
        bridge.wait_for("starts :work.py", count=2)


def served_by_tcp(board):
    return VirtualBoard(
        power_on("sim://tcp", BoardOptions(dir=board, micropython=str(boards.micropython())), 30)
    )


def test_a_network_that_was_cut_starts_nothing_twice(broker, tmp_path):
    with served_by_tcp(tmp_path / "board") as board:
        port = TcpPort(board)
        words = (f"socket://127.0.0.1:{port.port}", "--cell", THREAD, "--mqtt", broker.url)
        with bridging(*words) as bridge, reading(broker) as reader:
            reader.wait_for_stream()
            bridge.wait_for("has ended")
            port._client.shutdown(socket.SHUT_RDWR)
            bridge.wait_for(r"^lost the connection to \S+ \(the other end closed the connection\)$")
            bridge.wait_for("connected to", count=2)
            seen = list(reader.streams)
            reader.wait_for_stream(*seen)
            assert bridge.terminate() == 0
        assert sum("starts the code of --cell" in line for line in bridge.lines) == 1
        assert not [line for line in bridge.lines if "reset" in line]


@pytest.mark.board
def test_a_program_that_does_not_end_and_a_broker_that_is_away_hold_up_nothing(plug):
    plug.plug_in()
    words = (plug.path, "--cell", STUBBORN, "--mqtt", "mqtt://127.0.0.1:1")
    with bridging(*words) as bridge:
        bridge.wait_for(r"^\| begun$")
        bridge.wait_for("nothing listens on this port")
        with bridging(*words) as second:
            second.wait_for(f"in use by the program .*{bridge.process.pid}")
            assert second.terminate() == 0
        assert bridge.terminate() == 0
        assert bridge.lines[-1] == "ends"


def test_without_a_board_it_waits_and_ends_by_a_signal(tmp_path):
    with bridging(tmp_path / "ttyACM0", "--mqtt", "mqtt://127.0.0.1:1") as bridge:
        bridge.wait_for("there is no such serial port")
        assert bridge.terminate() == 0
        assert len(bridge.lines) == 2
        assert bridge.lines[1] == "ends"


def test_the_service_of_the_page_calls_it_rightly(monkeypatch, tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "reference" / "bridge.md").read_text(encoding="utf-8")
    line = re.search(r"^ExecStart=\S+/python -m iot_kernel bridge (.*)$", page, re.MULTILINE)[1]
    (tmp_path / "lamp.py").write_text("x = 1\n")
    chosen = command._parser().parse_args(
        line.replace("%i", "lamp").replace("/srv/iot", str(tmp_path)).split()
    )
    assert command._bridge(chosen, print).close() is None
    assert (chosen.device, chosen.pipe) == ("lamp", [])


@each(
    ("words", "problem"),
    [
        ("", "the following arguments are required: DEVICE, --mqtt"),
        ("sim:// --mqtt http://broker", "broker is mqtt://HOST/PREFIX"),
        ("sim:// --mqtt mqtt://b --run /no/such/file", "/no/such/file: No such file"),
        ("sim:// --mqtt mqtt://b --run a --cell b", "not allowed with argument --run"),
        (f"sim:// --mqtt mqtt://b --pipe {'x' * 100}", "pipe"),
        (f"sim:// --mqtt mqtt://b --name {'x' * 200}", "board"),
        ("nosuch://x --mqtt mqtt://b", "nosuch://x: unknown kind of connection"),
    ],
)
def test_arguments_that_make_no_sense(words, problem, capsys, monkeypatch):
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as caught:
        command.main(words.split())
    assert caught.value.code == command.WRONG_ARGUMENTS
    said = capsys.readouterr().err
    assert said.startswith("usage: python -m iot_kernel bridge")
    assert problem in said
