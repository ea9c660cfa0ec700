"""Which cells and files the lines of a board's traceback came from."""

from pathlib import Path
from types import SimpleNamespace

from iot_kernel.deployment.notebook import read_cells
from iot_kernel.deployment.places import told
from iot_kernel.deployment.program import make_program
from tests.deployment.notebooks import notebook

TRACEBACK = """before
Traceback (most recent call last):
  File "main.py", line 39, in <module>
  File "/.deploy/4/main.py", line 2, in <module>
  File "/.deploy/4/lib/beside.py", line 7, in f
  File "/flash/.deploy/4/main.py", line 1, in g
  File "/lib/stored.py", line 5, in h
  File "/.deploy/4/main.py", line 2, in again
  File "/.deploy/4/main.py", line 99, in nowhere
ValueError: no
"""


def test_lines_of_cells_and_files():
    program = make_program(read_cells(notebook(("a = 1\nb = 2", "deploy")), "n.ipynb"), "n.ipynb")
    prepared = SimpleNamespace(program=program, origins={"lib/beside.py": Path("/home/me/beside.py")})
    assert told(prepared, TRACEBACK) == [
        "main.py, line 2 is cell [1] 'a = 1', line 2",
        "lib/beside.py, line 7 is /home/me/beside.py",
        "main.py, line 1 is cell [1] 'a = 1', line 1",
    ]
    assert told(prepared, "no traceback") == []
