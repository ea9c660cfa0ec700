"""Names and help for code of a real board, of text alone, and of both."""

import asyncio

import pytest

from iot_kernel.analysis.process import Analysis
from iot_kernel.analysis.static_names import LONGEST_BEFORE
from iot_kernel.boards.live_names import LiveNames
from iot_kernel.device.device import Device
from iot_kernel.kernel import board_help
from iot_kernel.kernel.board_help import STUBS_HINT, Around, BoardHelp
from iot_kernel.kernel.completion import Completions

STUBS = '''
class Pin:
    """A pin of the board."""
    OUT: int
    GONE: int
    def __init__(self, id: int, mode: int = -1, *, value: int | None = None) -> None: ...
    def on(self) -> None: ...
'''
CODE = """
import machine, micropython, sys
class Sensor:
    def __init__(self): self.level = 3
    def read(self): return 2
sensor = Sensor()
table = {'one': 1, 'it"s': 2}
größe = 1
"""


class Board:
    """A real board as the session hands it out."""

    def __init__(self, device):
        self.device = device
        self.platform = device.platform
        self.busy = False
        self.runs = 0
        self.asked = 0

    def answer_when_idle(self, code):
        self.asked += 1
        return None if self.busy else self.device.exec(code)


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    from tests.real_boards import kinds

    with kinds.unix(tmp_path_factory.mktemp("board")) as board:
        device = Device(board.url)
        device.open()
        device.exec(CODE)
        yield device
        device.close()


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Waits for jedi as long as it takes: this machine may be busy."""
    monkeypatch.setattr(board_help, "TEXT_PATIENCE", 60.0)


@pytest.fixture
def around(device, tmp_path):
    (tmp_path / "machine.pyi").write_text(STUBS)
    (tmp_path / "micropython.pyi").write_text("def native(f): ...\ndef gone(): ...\n")
    return Around(Board(device), tmp_path)


def offered(around, *texts, past=""):
    """The names for each text; the cursor stands at the bar."""

    async def whole():
        helper = BoardHelp(LiveNames())
        helper.note_code(past)
        try:
            found = []
            for text in texts:
                before, _, after = text.partition("|")
                found.append(await helper.complete(before + after, len(before), around))
            return found
        finally:
            await helper.close()

    return [found.names for found in asyncio.run(whole())]


def told(around, text, past=""):
    async def whole():
        helper = BoardHelp(LiveNames())
        helper.note_code(past)
        before, _, after = text.partition("|")
        try:
            return await helper.inspect(before + after, len(before), around)
        finally:
            await helper.close()

    return asyncio.run(whole())


def test_variables_of_the_board(around):
    assert offered(around, "sens|", "Sen|") == [["sensor"], ["Sensor"]]


def test_attributes(around):
    ((*names,),) = offered(around, "x = sensor.|")
    assert names == ["level", "read"]
    assert offered(around, "sensor.__i|") == [["__init__"]]


def test_modules(around):
    ((*names,),) = offered(around, "import ma|")
    assert names == ["machine", "math"]


def test_the_board_is_right(around):
    """Stubs tell of what this board has not; builtins of this computer's Python are not all there."""
    assert offered(around, "machine.Pin.GO|", "breakp|", "__build|") == [[], [], ["__build_class__"]]


def test_what_only_text_tells(around):
    names = offered(
        around, "import machine\np = machine.Pin(1)\np.o|", "def blink(count): pass\nblink(cou|", "whil|"
    )
    assert names == [["off", "on"], ["count="], ["while"]]


#: Each with the names that are offered; three dots: these and others.
CASES = {
    "from ma|": ["machine", "math"],
    "import os, ti|": ["time"],
    "from machine import (ADC, Pi|": ["Pin"],
    "import machine.ma|": [],
    # what has not been imported yet
    "from math import sq|": ["sqrt"],
    "import math\nx = math.sq|": ["sqrt"],
    "import math as m\nm.sq|\n": ["sqrt"],
    "m.sq|\nimport math as m": ["sqrt"],
    "from collections import (OrderedDict as Table)\nTable.po|": ["pop", "popitem"],
    "from collections import nothing\nnothing.|": [],
    "import math\nmath = sensor\nmath.|": [],
    "print('now: import math')\nmath.|": [],
    "from table import |": [],  # a variable
    "import sensor\nsensor.|": [],  # the board has a variable of that name, and no such module
    "from math import sqrt as s|": ["sensor", ...],
    "import zlib\nzlib.|": [],
    "import umath\numath.|": [],
    "from asyncio import sl|": [],  # it would run; this computer's is another one
    "import threading\nthreading.Thr|": [],
    "math.sq|": [],
    "import no_such_module\nno_such_module.|": [],
    # what a call will return, where its class is known
    "from collections import OrderedDict\ntable = OrderedDict()\ntable.po|": ["pop", "popitem"],
    "import collections\ntable = collections.OrderedDict(\n)\nfor x in table.po|": ["pop", "popitem"],
    "s = Sensor()\ns.re|": ["read"],
    "s = Sensor()\ns.|": ["read"],
    "from collections import OrderedDict\ntable = OrderedDict()\ntable.|": ["popitem", ...],
    "import io\nfile = io.BytesIO()\nfile.|": ["getvalue", ...],
    "from collections import OrderedDict\nsensor = OrderedDict()\nsensor.po|": ["pop", "popitem"],
    "class Sensor:\n    def new(self): pass\ns = Sensor()\ns.|": ["new"],
    "class Late:\n    def __init__(self): self.level = 1\nlate = Late()\nlate.le|": ["level"],
    "with open('log.csv', 'w') as file:\n    file.wri|": ["write", ...],
    "from collections import OrderedDict\nled = OrderedDict()\nfrom led import po|": [],
    "import math\ndef f(math):\n    math.sq|": [],
    "x = sensor.read()\nx.|": [],
    "x = nothing()\nx.|": [],
    "x = sensor()\nx.|": [],  # no class: what it returns is something else
    "from collections import OrderedDict\nx = OrderedDict()['a']\nx.|": [],
    # what boards get from here when they need it
    "ucore.open|": ["open_pipe"],
    "from ucore import disp|": ["display"],
    "with ucore.open_pipe('adc') as pipe:\n    pipe.|": ["close", "name", "write"],
    "ucore.pa|": [],
    "import ucore as u\nu.pa|": [],
    "import ucore as u\nu.open|": ["open_pipe"],
    "import uco|": ["ucore"],
    "from uco|": ["ucore"],
    "from . import |": [],
    "machine.Pin(2, machine.Pin.O|": ["OPEN_DRAIN", "OUT"],
    "machine.Pin(\n    2,\n    machine.Pin.O|": ["OPEN_DRAIN", "OUT"],
    "import machine\nmachine.Pin(2, mo|": ["mode="],
    "class A:\n    def f(self): self.level = 1\n    def g(self):\n        self.le|": ["level"],
    'f"{sensor.|}"': ["level", "read"],
    'f"{sensor.level} {sens|"': ["sensor"],
    "f\"{table['o|']}\"": ["one"],
    'f"{{sens|"': [],
    'f"text sens|"': [],
    '"sens|"': [],
    '"""\nsens|': [],
    "x = 1  # sens|": [],
    'table["o|"]': ["one"],
    'table["one"]["|': [],
    "sensor.read().|": [],
    "sensor . le|": ["level"],
    "Abstr|": [],  # the stubs of builtins use it
    "größ|": ["größe"],
    "global sens|": ["sensor", ...],
    # what only MicroPython has
    "import micropython\n@micropython.na|": ["native"],
    "import micropython\nmicropython.gone|": [],
    "import rp2\n@rp2.asm_pio()\ndef p():\n    set(pins, 1) [31]\nsens|": ["sensor"],
    "@micropython.asm_thumb\ndef f(r0):\n    mov(r0, 1)\n    label(END)\nsens|": ["sensor"],
    "@micropython.viper\ndef f(x: ptr32) -> uint:\n    return x[0]\nsens|": ["sensor"],
    "x = const(3); sens|": ["sensor"],
    # what is no Python
    "print 'a'\nsens|": ["sensor"],
    "def (:\n  ]] sens|": ["sensor"],
}


def test_cases(around):
    told = dict(zip(CASES, offered(around, *CASES), strict=True))
    wrong = {
        text: told[text]
        for text, names in CASES.items()
        if (told[text] != names if ... not in names else names[0] not in told[text])
    }
    assert wrong == {}


def test_a_board_is_asked_once_for_what_its_firmware_has(around):
    asked = offered(around, "from math import sq|", "from cmath import sq|", "import cmath\ncmath.sq|")
    assert asked == [["sqrt"]] * 3
    assert around.board.asked == 3
    around.board.asked = 0
    assert offered(around, "from no_such_module import sq|", "import asyncio\nasyncio.sl|") == [[], []]
    assert around.board.asked == 2  # whether they were imported before


def test_live_beats_stubs(around):
    """The board has `PWM` and no `GONE`; the stubs say otherwise."""
    assert offered(around, "import machine\nmachine.PW|", "machine.Pin.GO|") == [["PWM", "PWRON_RESET"], []]
    around.board.busy = True  # nothing is remembered of it
    assert offered(around, "import machine\nmachine.Pin.GO|", "import machine\nmachine.PW|") == [["GONE"], []]


def test_modules_of_a_package_of_stubs(around):
    (around.stubs / "lib").mkdir()
    (around.stubs / "lib" / "sensors.pyi").touch()
    assert offered(around, "import lib.|", "from lib.se|", "import lib.ma|") == [["sensors"], ["sensors"], []]


def test_what_an_earlier_cell_defines(around):
    assert offered(around, "later_na|", past="later_name = 1") == [["later_name"]]


def test_a_cell_that_ran_often_is_read_once(around):
    helper = BoardHelp(LiveNames())
    helper.note_code("early_name = 1")
    for _ in range(200):
        helper.note_code(f"x = '{1000 * '-'}'")

    async def whole():
        try:
            return await helper.complete("early_na", 8, around)
        finally:
            await helper.close()

    assert asyncio.run(whole()).names == ["early_name"]


def test_earlier_cells_are_bounded(around):
    helper = BoardHelp(LiveNames())
    for number in range(1000):
        helper.note_code(f"x{number} = '{1000 * '-'}'")
    assert sum(map(len, helper._cells)) <= LONGEST_BEFORE


def test_keys(around):
    assert offered(around, "table['|", 'table["|', "sys.modules['mach|") == [
        ['it"s', "one"],
        ["one"],
        ["machine"],
    ]


def test_a_busy_board(around):
    around.board.busy = True
    assert offered(around, "machine.Pin.O|", past="import machine") == [["OUT"]]


def test_attributes_do_not_wait_for_text(around):
    """Only jedi knows of what kind they are, and it may take its time: here it never answers."""

    class Silent(Analysis):
        async def complete(self, *_):
            await asyncio.Event().wait()

    async def whole():
        helper = BoardHelp(LiveNames())
        helper._analysis = Silent()
        text = "sensor.read(sensor.le"
        return await asyncio.wait_for(helper.complete(text, len(text), around), 30.0)

    assert asyncio.run(whole()).names == ["level"]


def test_without_a_board(around):
    around = Around(None, around.stubs)
    assert offered(around, "import ma|", "import machine\nmachine.P|") == [["machine"], ["Pin"]]


def test_nothing_in_strings_and_comments(around):
    assert offered(around, "'sens|'", "# sens|") == [[], []]
    assert around.board.asked == 0


def test_help(around):
    page = told(around, "machine.P|in", past="import machine")
    assert page.startswith("Pin(id: int, mode: int=-1")
    assert "A pin of the board." in page
    assert page.endswith("Type:   type\nValue:  Pin")
    assert told(around, "machine.Pin(2, |", past="import machine") == page
    assert told(around, "sensor.lev|el") == "Type:   int\nValue:  3"
    assert "Type:   float\nValue:  3.14159" in told(around, "from math import p|i")
    for text in ("import ma|th", "from ma|th import pi", "import ma|th as m", "import math as m; m|"):
        assert "Type:   module\nValue:  math" in told(around, text)
    assert "Type:   float" in told(around, "e = 5\nfrom math import e|")
    made = "from collections import OrderedDict\ntable = OrderedDict()\ntable.popi|tem()"
    assert "Type:   function" in told(around, made)
    assert told(around, "x = sensor()\nx.re|ad") is None
    assert "Type:" not in (
        told(around, "from collections import OrderedDict\nmine = OrderedDict()\nmi|ne") or ""
    )
    assert "1 to 64 bytes of UTF-8" in told(around, "ucore.open_pipe(|")
    assert told(around, "nothing_|at_all") is None
    assert told(around, "1 + |") is None


def test_without_stubs_help_says_how_to_get_them(around):
    bare = Around(around.board)
    assert told(bare, "micropython.mem_i|nfo") == f"Type:   function\n\n{STUBS_HINT}"
    for text in ("def double(x): pass\ndou|ble", "sensor.lev|el", "nothing_|at_all"):
        assert STUBS_HINT not in (told(bare, text) or "")
    assert STUBS_HINT not in told(around, "micropython.mem_i|nfo")


def test_kinds():
    async def whole():
        helper = BoardHelp(LiveNames())
        try:
            return await helper.complete("def blink(): pass\nbli", 21, Around())
        finally:
            await helper.close()

    assert asyncio.run(whole()) == Completions(18, ["blink"], {"blink": "function"})
