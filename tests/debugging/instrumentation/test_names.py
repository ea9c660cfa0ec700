"""Names of functions, as their text has them."""

import ast

from iot_kernel.debugging.instrumentation.names import (
    class_names,
    global_names,
    local_names,
    parameters,
    unbound_names,
    used_names,
)


def function(source):
    return ast.parse(source).body[0]


def test_names_of_a_function_in_order():
    source = (
        "def f(p, /, a, *r, k, **o):\n global g\n x = g = [i for i in a if (w := i)]\n def h(): inner = 1\n"
    )
    assert parameters(function(source)) == ["p", "a", "r", "k", "o"]
    assert local_names(function(source)) == ["p", "a", "r", "k", "o", "x", "w", "h"]


def test_names_that_it_uses_and_takes_away():
    source = "def f(a):\n global g\n def h():\n  nonlocal a\n  del b\n try: c\n except E as e: d = 1"
    node = function(source)
    assert global_names(node) == {"g"}
    assert used_names(node) == {"a", "b", "c", "d", "E"}
    assert unbound_names(node) == {"b", "e"}


def test_names_that_only_the_head_uses_are_none_of_the_function():
    assert used_names(function("@d\ndef f(a=b) -> c:\n return lambda g=h: a")) == {"h", "a"}


def test_names_of_a_class():
    source = "class A(B, k=(z := 1)):\n x = y\n global g\n def m(self): inner = 1\n for i in x: pass"
    assert class_names(function(source)) == {"x", "g", "m", "i"}
