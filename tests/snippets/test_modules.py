"""Files of the user's with the names of the firmware's modules: our programs import the firmware's."""

from array import array
from collections import OrderedDict

import pytest

from iot_kernel.device.clock import Clock
from iot_kernel.files.remote_call import RemoteCaller
from iot_kernel.values import transfer
from iot_kernel.values.encoding import encode
from iot_kernel.values.errors import UnmovableValueError
from iot_kernel.values.transfer import Values
from tests.opened import opened
from tests.snippets.test_names import both_ways_for_files, others, pipes, values

pytestmark = pytest.mark.board

MODULES = (
    *("array", "binascii", "builtins", "collections", "deflate", "errno", "gc", "hashlib", "io", "json"),
    *("machine", "micropython", "os", "random", "select", "struct", "sys", "time", "uctypes", "zlib"),
)

ACTIONS = (both_ways_for_files, values, others, pipes)

#: What the files hold: nothing of use, or what makes importing them fail.
TEXTS = {"useless": "mine = 5\n", "raises": "raise ValueError('mine')\n"}

WRITE = """\
for name in {}:
    with open({!r} + name + '.py', 'w') as file:
        file.write({!r})
del name, file
"""

#: Imports them as the user would, as far as that goes, and says which modules are the user's.
IMPORT = """\
import sys
mine = {}
for name in NAMES:
    try:
        module = __import__(name)
        if hasattr(module, 'mine'): mine[name] = module
    except ValueError:
        pass
path = list(sys.path)
loaded = dict(sys.modules)
"""

#: Says whether they are still what they were.
UNCHANGED = """\
print([sys.path == path, sys.modules == loaded or sorted(set(sys.modules) ^ set(loaded)),
  all(__import__(name) is mine[name] for name in mine)])
"""


@pytest.fixture(params=["unix", "wasm", "webrepl"])
def device(request):
    with opened(request.getfixturevalue(request.param)) as device:
        yield device


def put(device, where, text):
    names = MODULES if device.platform != "microbit" else MODULES[::3]
    device.exec(WRITE.format(names, where, TEXTS[text]))


@pytest.mark.parametrize(("where", "text"), [("/", "useless"), ("/", "raises"), ("/lib/", "raises")])
def test_beside_files_with_the_names_of_modules(device, where, text):
    if where == "/lib/":
        device.exec("import os\nos.mkdir('/lib')")
    put(device, where, text)
    for action in ACTIONS:
        action(device)
        device.soft_reset()


def test_beside_such_modules_that_are_imported(device):
    put(device, "/", "useless")
    for action in ACTIONS:
        device.exec(IMPORT.replace("NAMES", repr(MODULES)))
        assert {"struct", "hashlib", "json"} <= set(device.eval("list(mine)"))
        action(device)
        shown = device.exec(UNCHANGED)
        assert shown in ("[True, True, True]\n", "[True, ['ucore'], True]\n")
        device.soft_reset()


def test_on_a_micro_bit(microbit):
    """Its own modules come first; what it has not cannot be shadowed, but must not get in the way."""
    with opened(microbit) as device:
        for action in (both_ways_for_files, values, others):
            put(device, "", "raises")
            action(device)
            device.soft_reset()


def test_they_can_be_removed_and_pulled(device):
    put(device, "/", "raises")
    names = [f"/{name}.py" for name in MODULES]
    assert device.files.read_files(names) == [TEXTS["raises"].encode()] * len(names)
    for name in names:
        device.files.remove(name)
    assert device.files.tree().files == {}


def test_what_the_firmware_can_do_is_told_truly(device):
    before = RemoteCaller(device).capabilities
    put(device, "/", "useless")
    after = RemoteCaller(device).capabilities
    fields = ("has_directories", "has_rename", "has_base64", "inflates", "algorithm", "epoch")
    assert [getattr(after, field) for field in fields] == [getattr(before, field) for field in fields]
    assert after.has_directories


def test_who_the_board_is(device):
    info = device.info
    put(device, "/", "raises")
    device.soft_reset()
    assert (device.info.uid, device.info.machine) == (info.uid, info.machine)


@pytest.mark.parametrize(("name", "value"), [("array", array("H", [1])), ("collections", OrderedDict(a=1))])
@pytest.mark.parametrize("shortest", [0, 1 << 20], ids=["program", "statements"])
def test_a_module_out_of_reach_is_named(unix, monkeypatch, name, value, shortest):
    """Where the firmware's module has no second name, as on CircuitPython."""
    monkeypatch.setattr(transfer, "SHORTEST", shortest)
    with opened(unix) as device:
        device.exec(f"import sys\nclass M: pass\nsys.modules['u{name}'] = sys.modules[{name!r}] = M")
        with pytest.raises(UnmovableValueError, match=f"is there a file {name}.py on the board"):
            Values(device).push("v", encode(value, "v").data)


def test_the_clock_is_set(unix):
    with opened(unix) as device:
        put(device, "/", "useless")
        assert Clock(device).correct(tolerance=-1) is not None
