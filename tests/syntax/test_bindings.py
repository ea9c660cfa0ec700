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
    "def f():\n    import time\n\nx": {"f": None},
    "if 1: import time": {"time": Imported("time")},
    "try:\n\tfrom machine import Pin\nexcept ImportError:\n\tPin = None": {"Pin": None},
    "from machine import Pin\nfrom pyb import Pin": {"Pin": Imported("pyb", ("Pin",))},
    "try: import ujson as json\nexcept ImportError: import json\n": {"json": Imported("json")},
    "if x:\n    led = Pin(1)\nelse: led = PWM(2)\n": {"led": Made(("PWM",))},
    "from machine import *": {},
    "from . import thing\nfrom .lib import thing": {},
    # what calls make
    "led = machine.Pin(2)": {"led": Made(("machine", "Pin"))},
    "if 1: led=Pin(2); led.on()": {"led": Made(("Pin",))},
    "led = Pin(2)\nled = Signal(led)": {"led": Made(("Signal",))},
    "led: Pin = Pin(\n    2, Pin.OUT)": {"led": Made(("Pin",))},
    "def f(a, *b, c=1):\n    bus = I2C(0)  # the first\n": {
        "f": None,
        **dict.fromkeys("abc"),
        "bus": Made(("I2C",)),
    },
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
    "import time\nclass time:\n    pass\n": {"time": None},
    "import math\ndel math\n": {"math": None},
    "import math\ntry:\n    pass\nexcept E as math:\n    pass": {"math": None},
    "if 1: led = Pin(2); led = None\n": {"led": None},
    "led = Pin(2)\nfor led in leds:  # each\n    pass": {"led": None},
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
    assert bindings(f"{text}\n", len(text) + 1) == bound


#: The cursor stands at the bar.
PLACES = {
    "led = Pin(2)\nled.|\nled = PWM(3)": {"led": Made(("Pin",))},
    "led.|\nled = Pin(2)\nled = PWM(3)": {"led": Made(("Pin",))},
    "import math; math.|": {},
    "import math as m|": {"m": Imported("math")},
    "led = Pin(2)\nled = PWM(led|)": {"led": Made(("Pin",))},
    "led = Pin(2)\ndef f():\n    led = PWM(3)\nled.|": {"led": Made(("Pin",)), "f": None},
    "led = Pin(2)\ndef f():\n    led = PWM(3)\n\n    led.|": {"led": Made(("PWM",)), "f": None},
    "led = Pin(2)\ndef f():\n    led = PWM(3)\n# one\n    led.|": {"led": Made(("PWM",)), "f": None},
    "led = Pin(2)\ndef f(led):\n    led.|": {"led": None, "f": None},
    "import time\nclass A:\n    def time(self):\n        time.|": {
        "time": Imported("time"),
        "A": None,
        "self": None,
    },
    "import time\nclass A:\n    time = Clock()\n    time.|": {"time": Made(("Clock",)), "A": None},
    "def f():\n    led.|\n    led = 1\nled = Pin(2)": {"led": Made(("Pin",)), "f": None},
    "def f():\n\tif 1:\n\t    led = Pin(2)\n\t    led.|": {"led": Made(("Pin",)), "f": None},
}


@pytest.mark.parametrize(("text", "bound"), PLACES.items())
def test_what_is_bound_where_the_cursor_stands(text, bound):
    before, _, after = text.partition("|")
    assert bindings(before + after, len(before)) == bound


def test_long_lines_are_data():
    assert bindings(f"table = Pin({'1,' * 10_000})\n", 0) == {}


NAMES = st.sampled_from(["a", "b_1", "machine", "größe"])
DOTTED = st.lists(NAMES, min_size=1, max_size=3).map(".".join)


@given(DOTTED, st.lists(st.tuples(NAMES, st.none() | NAMES), min_size=1, max_size=3))
def test_things_that_are_imported(module, parts):
    names = [ast.alias(name, other) for name, other in parts]
    text = ast.unparse(ast.ImportFrom(module, names, 0))
    assert bindings(text, 0) == {other or name: Imported(module, (name,)) for name, other in parts}


@given(st.text(alphabet="import from as(),.;#\\=:'\n\t adef1", max_size=80), st.integers(0, 80))
def test_any_text_is_read(text, cursor):
    assert all(name.isidentifier() for name in bindings(text, cursor))
