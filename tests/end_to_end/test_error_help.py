"""Errors of board cells through a whole kernel: as text, in a terminal, and as nbconvert shows them."""

import re

import nbformat
import pytest
from nbconvert import HTMLExporter, MarkdownExporter

from tests.end_to_end.notebook import Notebook, virtual

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def notebook(jupyter):
    """A notebook in a directory of its own, connected to a virtual board."""
    (jupyter / "here").mkdir()
    with Notebook("iot", cwd=str(jupyter / "here")) as there:
        there.run(f"%connect -q {virtual('errors')}")
        yield there


def error(notebook, code):
    """The reply of a cell that fails, and the text of its error."""
    cell = notebook.run(code)
    assert cell.status == "error"
    assert cell.reply["traceback"] == cell.of("error")[0]["traceback"]
    return cell.reply, ANSI.sub("", cell.error)


def test_where_it_happened_and_what_to_do(notebook, jupyter):
    source = jupyter / "here" / "tool.py"
    source.write_text("def open_log(name):\n    return open(name)\n")
    first = notebook.run("def start():\n    import tool\n    tool.open_log('log.txt')").reply[
        "execution_count"
    ]
    reply, text = error(notebook, "print(1)\n%name\nstart()")
    here = reply["execution_count"]
    assert here == first + 1
    assert text == (
        'Traceback (most recent call last):\n  File "<stdin>", line 1, in <module>\n'
        '  File "<stdin>", line 2, in start\n'
        "ImportError: no module named 'tool'\n"
        f"In [{here}], line 3: start()\n"
        f"In [{first}], line 2, in start: import tool\n"
        "(tool.py is on this computer, and not on the board: '%cp tool.py :' copies it)"
    )
    assert reply["evalue"] == "no module named 'tool'"
    _, text = error(notebook, "%cp tool.py :\nstart()")
    assert text == (
        'Traceback (most recent call last):\n  File "<stdin>", line 1, in <module>\n'
        '  File "<stdin>", line 3, in start\n  File "tool.py", line 2, in open_log\n'
        "OSError: [Errno 2] ENOENT\n"
        f"In [{here + 1}], line 2: start()\n"
        f"In [{first}], line 3, in start: tool.open_log('log.txt')\n"
        f"{source}, line 2, in open_log: return open(name)\n"
        "(ENOENT: the board has no such file: %rlist lists what there is, '%cp FILE :' copies one)"
    )


def test_what_a_set_up_cell_defined_when_it_ran_again_is_in_that_cell(notebook):
    first = notebook.run("%%setup\n\ndef ready():\n    missing").reply["execution_count"]
    notebook.run("%softreset")
    _, text = error(notebook, "ready()")
    assert text.endswith(f"In [{first + 2}], line 1: ready()\nIn [{first}], line 4, in ready: missing")
    notebook.run("%setup --clear")


def test_the_magic_of_several_boards_shows_it_too(notebook):
    url = virtual("errors")
    count = notebook.run("def g(): return missing").reply["execution_count"]
    cell = notebook.run(f"%%connect --host {url}\n\ng()")
    assert f"In [{count + 1}], line 3: g()\n" in ANSI.sub("", cell.text("stderr"))


def test_colours_are_few_and_nbconvert_shows_them(notebook):
    cell = notebook.run("import logging")
    shown = cell.error.split("\n")
    number = cell.reply["execution_count"]
    assert shown[-2:] == [
        f"\x1b[34mIn [{number}], line 1\x1b[0m: import logging",
        "('%upip install logging' installs it)",
    ]
    made = nbformat.v4.new_notebook()
    output = nbformat.v4.new_output("error", **cell.of("error")[0])
    made.cells = [nbformat.v4.new_code_cell("import logging", outputs=[output])]
    page, _ = HTMLExporter().from_notebook_node(made)
    assert f'<span class="ansi-blue-fg">In [{number}], line 1</span>: import logging\n' in page
    text, _ = MarkdownExporter().from_notebook_node(made)
    assert "\x1b" not in page + text
    assert f"In [{number}], line 1: import logging\n" in text
