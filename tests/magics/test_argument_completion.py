"""Arguments of magics, completed with a real board, a real index, and variables of the host."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_kernel.boards.live_names import LiveNames
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.config import Configuration
from iot_kernel.device.device import Device
from iot_kernel.errors import IoTKernelError
from iot_kernel.magics import argument_completion, build_registry, known_boards
from iot_kernel.magics.argument_completion import Sources, complete_arguments
from iot_kernel.packages import package_names
from iot_kernel.packages.package_names import PackageNames
from iot_kernel.pipes.hub import Hub
from iot_kernel.subkernel.variables import Variables
from tests.each import each
from tests.fake_shell import FakeShell
from tests.packages.index import package_server
from tests.pipes.kernels import FakeBoard
from tests.real_boards import kinds

pytestmark = pytest.mark.board

MAGICS = build_registry()
CODE = """
import os
volts = [1, 2]
value = 3.5
_hidden = 1
os.mkdir('lib')
for name in ('lib/umqtt.py', 'lib/logs.py', 'main.py', 'log 1.csv', '-x', "it's"):
    open(name, 'w').close()
"""


class Notebook:
    """What the completion is given."""

    def __init__(self, device, directory):
        self.device = device
        self.host = FakeShell(directory / "db")
        self.host_is_there = True
        hub = Hub()
        self.pipes = FakeBoard(hub)
        self.session = SimpleNamespace(current=device, hub=hub)
        registry = DeviceRegistry(
            Configuration.from_environment({"IOT_PROJECTS": str(directory)}), directory / "registry.json"
        )
        registry.remember(device.url, device.info)
        registry.remember("ws://10.0.0.5", device.info)
        self.sources = Sources(self.session, registry, LiveNames(), PackageNames(), self.ask)

    def ask(self, question, data):
        if not self.host_is_there:
            raise IoTKernelError("it is busy")
        return Variables(self.host).answer(question, data)

    def offers(self, text):
        """What is offered at the bar, and what it replaces."""
        line, _, behind = text.partition("|")
        title, blank, arguments = line.partition(" ")
        if title.startswith("!"):
            title, arguments = "!", line[1:]
        found = complete_arguments(MAGICS.find(title), blank + arguments, behind[:1], self.sources)
        return line[len(line) - found.length :], found.offers

    def texts(self, text):
        return [offer.text for offer in self.offers(text)[1]]


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("board")) as board:
        device = Device(board.url)
        device.open()
        device.exec(CODE)
        yield device
        device.close()


@pytest.fixture(scope="module")
def notebook(device, tmp_path_factory):
    directory = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch, package_server() as server:
        patch.setattr(known_boards, "serial_ports", list)
        patch.setattr(package_names, "PATIENCE", 20.0)
        patch.setenv("IOT_PACKAGE_INDEX", server.index)
        patch.setenv("IOT_PROJECTS", str(directory))
        work = directory / "work"
        (work / "my data").mkdir(parents=True)
        (work / "my data" / "x.csv").write_text("")
        (work / "main.py").write_text("")
        patch.chdir(work)
        for name in ("umqtt.simple", "umqtt.robust", "logging"):
            server.publish(name, {"x.py": ""}, kinds=("py",))
        yield Notebook(device, directory)


@each(
    ("text", "replaced", "offered"),
    [
        ("%cat |", "", ["./-x", "it\\'s", "lib/", "log\\ 1.csv", "main.py"]),
        ("%cat m|", "m", ["main.py"]),
        ("%cat main.py lo|", "lo", ["log\\ 1.csv"]),
        ("%cat 'lo|", "'lo", ["'log 1.csv'"]),
        ("%cat 'lo|'", "'lo", ["'log 1.csv"]),
        ('%cat "it|', '"it', ['"it\'s"']),
        ("%cat log\\ |", "log\\ ", ["log\\ 1.csv"]),
        ("%cat lib/|", "", ["logs.py", "umqtt.py"]),
        ("%rm -r /li|", "li", ["lib/"]),
        ("%ls :l|", "l", ["lib/", "log\\ 1.csv"]),
        ("%mkdirs l|", "l", ["lib/"]),
        ("%rlist |", "", ["lib/"]),
        ("%cp main.py :l|", "l", ["lib/", "log\\ 1.csv"]),
        ("%cp main.py :lib/u|", "u", ["umqtt.py"]),
        ("%cp main.py :'lo|", "'lo", ["'log 1.csv'"]),
        ("%cp m|", "m", ["main.py", "my\\ data/"]),
        ("%cp 'my data/|", "", ["x.csv'"]),
        ("%cp -|", "-", ["-r", "--recursive", "-h", "--help"]),
        ("%%writefile m|", "m", ["main.py", "my\\ data/"]),
        ("%cd |", "", ["my\\ data/"]),
        ("! cat m|", "m", ["main.py", "my\\ data/"]),
        ("%upip i|", "i", ["install"]),
        ("%upip install |", "", ["ucore", "logging", "umqtt.robust", "umqtt.simple"]),
        ("%upip install umqtt.simple umqtt.|", "umqtt.", ["umqtt.robust"]),
        ("%upip install gith|", "gith", ["github:"]),
        ("%upip install ./m|", "m", ["main.py", "my\\ data/"]),
        ("%upip install -t :l|", "l", ["lib/"]),
        ("%upip install -t wo|", "wo", ["work/"]),
        ("%upip install --target=wo|", "wo", ["work/"]),
        ("%pip install -r m|", "m", ["main.py", "my\\ data/"]),
        ("%pull v|", "v", ["value", "volts"]),
        ("%pull value,v|", "v", ["value", "volts"]),
        ("%pull volts as |", "", []),
        ("%pull _|", "_", ["_hidden"]),
        ("%store vo|", "vo", ["volts"]),
        ("%target h|", "h", ["host"]),
        ("%loglevel deb|", "deb", ["DEBUG"]),
        ("%loglevel iot_kernel.wire |", "", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
        ("%loglevel iot_kernel.wi|", "iot_kernel.wi", ["iot_kernel.wire"]),
        ("%softreset |", "", ["-q", "--quiet", "--on", "-h", "--help"]),
        ("%info x|", "x", []),
        ("%cp a # b|", "", []),
    ],
)
def test_what_is_offered(notebook, text, replaced, offered):
    found = notebook.offers(text)
    texts = [offer.text for offer in found[1]]
    if text == "%upip install |":
        texts = texts[:4]
    assert texts == offered
    assert found[0] == replaced or not offered


def test_boards(notebook):
    uid, url = notebook.device.info.uid, notebook.device.url
    for magic in ("%connect", "%%connect", "%unregister"):
        _, offers = notebook.offers(f"{magic} |")
        told = [(offer.text, offer.kind) for offer in offers]
        assert (uid, "uid") in told
        assert ("ws://10.0.0.5:8266", "url") in told
    assert notebook.texts(f"%connect {uid[:4]}|") == [uid]
    assert set(notebook.texts(f"%connect {uid} |")) == {"sim", "ws"}
    assert uid not in notebook.texts(f"%%connect {uid} |")
    assert {"all", uid} <= set(notebook.texts("%rlist / --on |"))
    assert uid not in notebook.texts(f"%info --on {uid} |")
    assert url in [text.replace("\\", "") for text in notebook.texts("%register si|")]


def test_pipes(notebook):
    actions = ["publish", "unpublish"]
    assert notebook.texts("%pipes |") == actions
    for name in ("adc", "my pipe"):
        notebook.pipes.open(name)
    assert notebook.texts("%pipes |") == [*actions, "adc", "my\\ pipe"]
    assert notebook.texts("%pipes adc |") == [*actions, "my\\ pipe"]


def test_variables_of_the_host(notebook):
    notebook.host.user_ns.update(samples=[1], rate=2)
    assert notebook.texts("%push |") == ["rate", "samples"]
    assert notebook.texts("%push rate s|") == ["samples"]
    assert notebook.texts("%push rate as |") == []
    notebook.ask({"question": "store", "name": "kept"}, b"i1;")
    assert notebook.texts("%store -r |") == notebook.texts("%store -d k|") == ["kept"]
    notebook.host_is_there = False
    assert notebook.texts("%push |") == notebook.texts("%store -r |") == []
    notebook.host_is_there = True


def test_kinds(notebook):
    kinds = {offer.text: offer.kind for offer in notebook.offers("%cat |")[1]}
    assert (kinds["lib/"], kinds["main.py"]) == ("directory", "file")
    assert {offer.kind for offer in notebook.offers("%cp -|")[1]} == {"option"}


def test_there_are_not_too_many(notebook, monkeypatch):
    monkeypatch.setattr(argument_completion, "MOST_NAMES", 2)
    assert len(notebook.texts("%cat |")) == 2


def test_a_busy_board_is_not_asked(notebook, monkeypatch):
    assert notebook.texts("%cat lib/|") == ["logs.py", "umqtt.py"]
    assert "volts" in notebook.texts("%pull |")
    notebook.device.runs += 1
    monkeypatch.setattr(notebook.device, "answer_when_idle", lambda code: None)
    assert notebook.texts("%cat lib/u|") == ["umqtt.py"]
    assert notebook.texts("%cat lib/nothing/|") == []
    assert "volts" in notebook.texts("%pull |")


def test_without_a_board(notebook, monkeypatch):
    monkeypatch.setattr(notebook.session, "current", None)
    assert notebook.texts("%cat |") == notebook.texts("%pull |") == []
    assert notebook.texts("%cp m|") == ["main.py", "my\\ data/"]


@settings(max_examples=50)
@given(
    st.sampled_from([magic for magic in [*MAGICS.lines(), *MAGICS.cells()] if magic.title != "%register"]),
    st.text("ab-:/.~$'\"\\ ,=*[#;\n\u00e9", max_size=12),
    st.sampled_from(["", "'", '"', "x"]),
)
def test_whatever_is_typed(notebook, magic, text, behind):
    """It ends, replaces what stands before the cursor, and leaves the board as it was."""
    before = notebook.device.runs
    found = complete_arguments(magic, text, behind, notebook.sources)
    assert 0 <= found.length <= len(text)
    assert all(offer.text.startswith(text[len(text) - found.length :]) for offer in found.offers)
    assert notebook.device.runs == before
