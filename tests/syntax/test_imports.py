"""What the import statements of a cell bind, and which calls make what, also of one that is not finished."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.syntax.imports import Imported, calls_in, imports_in

CASES = {
    "import machine": {"machine": Imported("machine")},
    "import machine as m, time": {"m": Imported("machine"), "time": Imported("time")},
    "import umqtt.simple": {"umqtt": Imported("umqtt")},
    "import umqtt.simple as mqtt": {"mqtt": Imported("umqtt.simple")},
    "from machine import Pin": {"Pin": Imported("machine", ("Pin",))},
    "from machine import Pin as P, ADC": {
        "P": Imported("machine", ("Pin",)),
        "ADC": Imported("machine", ("ADC",)),
    },
    "from umqtt.simple import MQTTClient": {"MQTTClient": Imported("umqtt.simple", ("MQTTClient",))},
    "from machine import (  # the pins\n    Pin,  # digital\n    ADC as A,\n)\nx = 1": {
        "Pin": Imported("machine", ("Pin",)),
        "A": Imported("machine", ("ADC",)),
    },
    "from machine import Pin, \\\n    ADC": {
        "Pin": Imported("machine", ("Pin",)),
        "ADC": Imported("machine", ("ADC",)),
    },
    "def f():\n    import time; import math": {"time": Imported("time"), "math": Imported("math")},
    "import machine; machine.": {"machine": Imported("machine")},
    "if 1: import time": {"time": Imported("time")},
    "try:\n\tfrom time import sleep\nexcept ImportError: from utime import sleep as nap": {
        "sleep": Imported("time", ("sleep",)),
        "nap": Imported("utime", ("sleep",)),
    },
    "from machine import Pin\nfrom pyb import Pin": {"Pin": Imported("pyb", ("Pin",))},
    # what is not finished, or binds nothing that is known
    "from machine import ": {},
    "from machine import (Pin, ": {"Pin": Imported("machine", ("Pin",))},
    "from machine import Pin as ": {"Pin": Imported("machine", ("Pin",))},
    "from machine import *": {},
    "from . import thing": {},
    "from .lib import thing": {},
    "import ": {},
    "import 5": {},
    "important = 1": {},
    "x = 1  # import machine": {},
    "reimport machine": {},
}


@pytest.mark.parametrize(("text", "bound"), CASES.items())
def test_what_is_bound(text, bound):
    assert imports_in(text) == bound


NAMES = st.sampled_from(["a", "b_1", "machine", "größe"])
PLACES = st.lists(NAMES, min_size=1, max_size=3).map(".".join)
PARTS = st.lists(st.tuples(NAMES, st.none() | NAMES), min_size=1, max_size=3)


@given(st.none() | PLACES, PARTS, st.lists(st.tuples(PLACES, st.none() | NAMES), min_size=1, max_size=3))
def test_statements_of_every_kind_as_python_reads_them(module, parts, modules):
    pairs = modules if module is None else parts
    names = [ast.alias(name, other) for name, other in pairs]
    node = ast.Import(names) if module is None else ast.ImportFrom(module, names, 0)
    bound = {}
    for name, other in pairs:
        if module is not None:
            bound[other or name] = Imported(module, (name,))
        else:
            bound[other or name.partition(".")[0]] = Imported(name if other else name.partition(".")[0])
    assert imports_in(ast.unparse(node)) == bound


@given(st.text(alphabet="import from as(),.;#\\\n\t a1", max_size=80))
def test_any_text_is_read(text):
    for name, place in imports_in(text).items():
        assert name.isidentifier()
        assert all(part.isidentifier() or not part for part in place.module.split("."))


CALLS = {
    "led = machine.Pin(2)": {"led": ("machine", "Pin")},
    "led = Pin(\n": {"led": ("Pin",)},
    "if 1: led=Pin(2); led.on()": {"led": ("Pin",)},
    "led = Pin(2)\nled = Signal(led)": {"led": ("Signal",)},
    "def f():\n    bus = I2C(0)  # the first\n": {"bus": ("I2C",)},
    "bus = \\\n    I2C(0)": {"bus": ("I2C",)},
    "led.value = Pin(2)": {},
    "f(led=Pin(2))": {},
    "led = Pin": {},
    "led == Pin(2)": {},
    "led = pins[0].make(2)": {},
    "# led = Pin(2)": {},
    "a, led = Pin(2)": {},
}


@pytest.mark.parametrize(("text", "called"), CALLS.items())
def test_what_is_called(text, called):
    assert calls_in(text) == called
