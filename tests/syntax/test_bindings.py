"""What a cell binds names to, also one that is not finished."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.syntax.bindings import Imported, Made, bindings

PIN = Imported("machine", ("Pin",))
ADC = Imported("machine", ("ADC",))

CASES = {
    "import machine": {"machine": Imported("machine")},
    "import machine as m, time": {"m": Imported("machine"), "time": Imported("time")},
    "import umqtt.simple": {"umqtt": Imported("umqtt")},
    "import umqtt.simple as mqtt": {"mqtt": Imported("umqtt.simple")},
    "from machine import Pin": {"Pin": PIN},
    "from machine import Pin as P, ADC": {"P": PIN, "ADC": ADC},
    "from umqtt.simple import MQTTClient": {"MQTTClient": Imported("umqtt.simple", ("MQTTClient",))},
    "from machine import (  # the pins\n    Pin,  # digital\n    ADC as A,\n)\n": {"Pin": PIN, "A": ADC},
    "from machine import Pin, \\\n    ADC": {"Pin": PIN, "ADC": ADC},
    "def f():\n    import time; import machine": {
        "f": None,
        "time": Imported("time"),
        "machine": Imported("machine"),
    },
    "if 1: import time": {"time": Imported("time")},
    "try:\n\tfrom machine import Pin\nexcept ImportError:\n\tPin = None": {"Pin": None},
    "from machine import Pin\nfrom pyb import Pin": {"Pin": Imported("pyb", ("Pin",))},
    "from machine import *": {},
    "from . import thing\nfrom .lib import thing": {},
    # what calls make
    "led = machine.Pin(2)": {"led": Made(("machine", "Pin"))},
    "if 1: led=Pin(2); led.on()": {"led": Made(("Pin",))},
    "led = Pin(2)\nled = Signal(led)": {"led": Made(("Signal",))},
    "led: Pin = Pin(\n    2, Pin.OUT)": {"led": Made(("Pin",))},
    "def f():\n    bus = I2C(0)  # the first\n": {"f": None, "bus": Made(("I2C",))},
    "value = Pin(2)()": {"value": None},
    "value = ADC(26).read()": {"value": None},
    "value = Pin(2) + 1": {"value": None},
    "value = Pin(2) if x else None": {"value": None},
    "led = pins[0].make(2)": {"led": None},
    "a, led = Pin(2)": {"a": None, "led": None},
    "led.value = Pin(2)": {},
    "f(a,\nled = Pin(2)\n)": {},
    "led == Pin(2)": {},
    # what binds names to something else later
    "import math\nmath = 5": {"math": None},
    "led = Pin(2)\nfor led in leds:\n    pass": {"led": None},
    "led = Pin(2)\nwith lock as led:\n    pass": {"led": None},
    "import time\nclass time:\n    pass": {"time": None},
    # text
    "print('now: import math')": {},
    '"""\nimport math\n"""': {},
    "s = '#'; import math": {"s": None, "math": Imported("math")},
    "x = 1  # import math": {"x": None},
    # what is not finished, or what this computer cannot read
    "import machine\nmachine.": {"machine": Imported("machine")},
    "machine.\nimport machine": {"machine": Imported("machine")},
    "import machine\nled = machine.Pin(": {"machine": Imported("machine")},
    "import machine\n  ]] = )\nled = machine.Pin(2)": {
        "machine": Imported("machine"),
        "led": Made(("machine", "Pin")),
    },
    "import rp2\n@rp2.asm_pio()\ndef p():\n    set(pins, 1) [31]\n    jmp(x_dec, 'a' 5)\nx = f()": {
        "rp2": Imported("rp2"),
        "p": None,
        "x": Made(("f",)),
    },
    "from machine import ": {},
    "print 'a'": {},
}


@pytest.mark.parametrize(("text", "bound"), CASES.items())
def test_what_is_bound(text, bound):
    assert bindings(text) == bound


NAMES = st.sampled_from(["a", "b_1", "machine", "größe"])
PLACES = st.lists(NAMES, min_size=1, max_size=3).map(".".join)


@given(PLACES, st.lists(st.tuples(NAMES, st.none() | NAMES), min_size=1, max_size=3))
def test_things_that_are_imported(module, parts):
    names = [ast.alias(name, other) for name, other in parts]
    text = ast.unparse(ast.ImportFrom(module, names, 0))
    assert bindings(text) == {other or name: Imported(module, (name,)) for name, other in parts}


@given(st.text(alphabet="import from as(),.;#\\=:'\n\t a1", max_size=80))
def test_any_text_is_read(text):
    assert all(name.isidentifier() for name in bindings(text))
