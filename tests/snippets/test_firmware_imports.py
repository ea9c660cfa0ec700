"""Imports in programs for boards are of the firmware's modules."""

import ast

from iot_kernel.snippets import SHADOWED, from_firmware
from tests.each import each


@each(
    ("program", "own", "plain"),
    [
        ("import os", "import uos as os", "import os"),
        ("import os as system", "import uos as system", "import os as system"),
        (
            "from time import ticks_ms, sleep",
            "from utime import ticks_ms, sleep",
            "from time import ticks_ms, sleep",
        ),
        (
            "import os\nimport struct",
            "import uos as os\n    import ustruct as struct",
            "import os\n    import struct",
        ),
    ],
)
def test_the_firmwares_come_first(program, own, plain):
    assert from_firmware(program) == f"try:\n    {own}\nexcept:\n    {plain}"


@each("program", ["import gc", "import sys", "from builtins import len", "import ucore as os"])
def test_what_no_file_takes_the_place_of_stays(program):
    assert from_firmware(program) == program


def test_wherever_they_stand():
    program = """
def f():
    class C:
        def g(self):
            if self:
                import os
            else:
                from time import time
            try:
                import json
            except ImportError:
                import struct
            finally:
                import io
            with self, f():
                for x in y:
                    while x:
                        from errno import EIO
"""
    tree = ast.parse(from_firmware(program))
    names = {
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert names == {p + m for p in ("u", "") for m in ("os", "time", "json", "struct", "io", "errno")}
    assert names >= {f"u{name}" for name in names & SHADOWED}
