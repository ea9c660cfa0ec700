"""Which modules a program needs, and where they are looked for."""

from iot_kernel.deployment.imports import MOST_MODULES, Import, attributes_of, imports_of, module_of, resolve


def test_imports_of_a_source():
    source = """
import machine, umqtt.simple as mqtt
from time import sleep
from . import beside
def f():
    import inside
try:
    import fast
except ImportError:
    import slow
try:
    import certain
finally:
    import last
try:
    import any_error
except:
    pass
try:
    import two
except (ValueError, ImportError):
    pass
"""
    assert imports_of(source) == [
        Import("machine", 2),
        Import("umqtt.simple", 2),
        Import("time", 3),
        Import("inside", 6),
        Import("fast", 8, is_optional=True),
        Import("slow", 10),
        Import("certain", 12),
        Import("last", 14),
        Import("any_error", 16, is_optional=True),
        Import("two", 20, is_optional=True),
    ]
    assert Import("umqtt.simple", 2).top == "umqtt"
    assert imports_of("a = (") == imports_of(b"\xff") == imports_of("x\0") == []


def test_attributes_of_modules():
    source = (
        "import machine as m, time\nfrom machine import I2C, Pin\nm.ADC(1)\ntime.sleep(1)\nm.x.y\nother.z"
    )
    assert attributes_of(source, {"machine"}) == {
        ("machine", "I2C"),
        ("machine", "Pin"),
        ("machine", "ADC"),
        ("machine", "x"),
    }
    assert attributes_of("x = (", {"machine"}) == set()


def resolved(sources, *, firmware=(), board=(), project=None, others=None):
    project, others = project or {}, others or {}
    return resolve(sources, firmware=firmware, board=board, find=project.get, also=others.get)


def test_where_modules_are():
    found = resolved(
        {
            "main.py": "import time, helper, stored, own, lost.part\nfrom pack import x\n",
            "own.py": "import deep",
        },
        firmware={"time"},
        board={"stored", "helper"},
        project={"helper": {"helper.py": b"import time\nimport far"}, "time": {"time.py": b""}},
        others={
            "pack": {"pack/__init__.py": b"from pack.a import x", "pack/a.py": b""},
            "deep": {"deep.mpy": b"M"},
        },
    )
    assert found.found == {
        "helper.py": b"import time\nimport far",
        "pack/__init__.py": b"from pack.a import x",
        "pack/a.py": b"",
        "deep.mpy": b"M",
    }
    assert found.on_board == {"time", "stored"}
    assert found.missing == {"lost.part": ("main.py", 1), "far": ("helper.py", 2)}


def test_what_may_be_missing_is_taken_where_it_is_there():
    source = {"main.py": "try:\n import ujson as json\n import extra\nexcept ImportError:\n import json"}
    found = resolved(source, firmware={"json"}, project={"extra": {"extra.py": b""}})
    assert (found.found, found.missing) == ({"extra.py": b""}, {})


def test_modules_in_a_circle_and_without_end():
    project = {"a": {"a.py": b"import b"}, "b": {"b.py": b"import a"}}
    assert resolved({"main.py": "import a"}, project=project).found == {
        "a.py": b"import b",
        "b.py": b"import a",
    }

    class Endless:
        count = 0

        def get(self, name):
            self.count += 1
            return {f"{name}.py": f"import m{self.count}".encode()}

    endless = Endless()
    resolve({"main.py": "import m"}, firmware=(), board=(), find=endless.get, also={}.get)
    assert endless.count == MOST_MODULES


def test_the_module_of_a_file():
    assert [module_of(path) for path in ("lib/a.py", "a.py", "a/b/c.py", "lib/a/b.py")] == ["a"] * 4
