"""Where a board looks for what stands at the cursor."""

import pytest

from iot_kernel.kernel.name_places import (
    called_for,
    chain_of,
    is_module,
    is_ucore,
    place_of,
    place_of_chain,
    place_of_word,
)
from iot_kernel.syntax.bindings import Imported, bindings
from iot_kernel.syntax.cursor import typed_at, word_at

IMPORTS = "import machine, ucore as u\nfrom machine import Pin as P\n"


@pytest.mark.parametrize(
    ("text", "place", "on_little_boards"),
    [
        ("machine.", Imported("machine"), ("machine",)),
        ("machine.Pin.", Imported("machine", ("Pin",)), ("machine", "Pin")),
        ("P.O", Imported("machine", ("Pin",)), ("P",)),
        ("sensor.bus.", ("sensor", "bus"), ("sensor", "bus")),
        ("machine.Pin.table['", Imported("machine", ("Pin", "table")), ("machine", "Pin", "table")),
        ("from time import sl", Imported("time"), ("time",)),
        ("from umqtt.simple import MQ", Imported("umqtt.simple"), ("umqtt", "simple")),
        ("sen", (), ()),
        ("self.", None, None),
        ("f().", None, None),
    ],
)
def test_what_is_being_typed(text, place, on_little_boards):
    code = IMPORTS + text
    typed = typed_at(code, len(code))
    assert place_of(typed, bindings(code, len(code))) == place
    assert place_of(typed, None) == on_little_boards


@pytest.mark.parametrize(
    ("text", "place", "on_little_boards"),
    [
        ("from machine import Pi|n", Imported("machine", ("Pin",)), ("machine", "Pin")),
        ("from mach|ine import Pin", Imported("machine"), ("machine",)),
        ("import umqtt.sim|ple as mqtt", Imported("umqtt.simple"), ("umqtt", "simple")),
        ("import math as m|", Imported("math"), ("m",)),
        ("P(2, |", Imported("machine", ("Pin",)), ("P",)),
        ("sensor.re|ad()", ("sensor", "read"), ("sensor", "read")),
    ],
)
def test_words(text, place, on_little_boards):
    before, _, after = (IMPORTS + text).partition("|")
    word = word_at(before + after, len(before))
    chain = chain_of(word)
    assert place_of_word(word, chain, bindings(before + after, len(before))) == place
    assert place_of_word(word, chain, None) == on_little_boards


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("led = machine.Pin(2)", ("machine", "Pin")),
        ("led = make()", ("make",)),
        ("led = 5", ()),
        ("class Led:\n    pass\nled = Led()", ()),  # the board has an older one, at most
        ("other = Pin(2)", ()),
    ],
)
def test_what_is_called(text, called):
    bound = bindings(f"{text}\n", len(text) + 1)
    assert called_for(("led", "value"), bound) == called
    assert called_for(("led",), None) == called_for((), bound) == called_for(None, bound) == ()


def test_modules():
    bound = bindings(IMPORTS, len(IMPORTS))
    ucore, machine = place_of_chain(("u",), bound), place_of_chain(("machine",), bound)
    assert [is_module(each) for each in (ucore, machine, ("ucore",), None)] == [True, True, False, False]
    assert [is_ucore(each) for each in (ucore, machine, ("ucore",), None)] == [True, False, True, False]
    assert not is_module(place_of_chain(("P",), bound))
