"""Changed modules are still the interpreter's own."""

import pytest

pytestmark = pytest.mark.board

CHANGED = ("sys", "time", "micropython", "builtins", "os")


@pytest.mark.parametrize("name", CHANGED)
def test_everything_can_be_imported_from_it(cell, name):
    cell(f"from {name} import *")
    assert cell("1 + 1") == ("", "2")


@pytest.mark.parametrize("name", CHANGED)
def test_it_is_a_module(cell, name):
    assert cell(f"import {name}\nprint({name}, type({name}))") == (
        f"<module '{name}'> <class 'module'>\n",
        None,
    )
    value = cell(f"try:\n {name}.x = 1\nexcept AttributeError: print('refused')")
    assert value == ("" if name == "builtins" else "refused\n", None)


def test_star_imports_bring_the_changed_names(cell):
    assert cell("from time import *\nfrom micropython import *\ntype(time()), kbd_intr(3)") == (
        "",
        "(<class 'int'>, None)",
    )


def test_other_names_of_a_module_lead_to_the_same(cell):
    assert cell("import time, utime, sys, usys\nutime is time, usys is sys, type(utime.time())") == (
        "",
        "(True, True, <class 'int'>)",
    )


def test_a_new_path_is_where_modules_are_looked_for(unix, cell):
    (unix.directory / "d").mkdir()
    (unix.directory / "d" / "one.py").write_text("number = 1\n")
    assert cell("import sys\nsys.path = ['d']\nimport one\none.number") == ("", "1")


def test_what_was_put_in_place_outlives_collections(cell):
    code = "import gc, sys\nfor _ in range(20):\n x = [bytes(100) for _ in range(1000)]\n gc.collect()\n"
    assert cell(code + "sys.stdout.buffer.write(b'a')\nsys.print_exception(ValueError(1))") == (
        "aValueError: 1\n",
        None,
    )
