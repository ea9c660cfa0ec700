"""Notebooks as they are saved, and files that are none."""

import json

import pytest

from iot_kernel.deployment.errors import DeployError
from iot_kernel.deployment.notebook import NotebookCell, read_cells
from tests.deployment.notebooks import notebook
from tests.each import each


def test_cells_with_code():
    text = json.dumps(
        {
            "cells": [
                {"cell_type": "markdown", "source": "# words", "metadata": {}},
                {"cell_type": "code", "source": ["a = 1\n", "b = 2"], "metadata": {"tags": ["deploy", 5]}},
                {"cell_type": "code", "source": "c", "metadata": {}, "execution_count": 7, "id": "x"},
            ]
        }
    )
    assert read_cells(text, "n.ipynb") == [
        NotebookCell("a = 1\nb = 2", frozenset({"deploy"}), 1),
        NotebookCell("c", frozenset(), 2, 7, "x"),
    ]


@each(
    "text",
    [
        *("", "[]", "5", "{}", '{"worksheets": []}', '{"cells": 5}', '{"cells": [1]}', "[" * 100_000),
        '{"cells": [{"cell_type": "code"}]}',
        '{"cells": [{"cell_type": "code", "source": 5}]}',
        '{"cells": [{"cell_type": "code", "source": [5]}]}',
    ],
)
def test_what_is_no_notebook(text):
    with pytest.raises(DeployError, match=r"n\.ipynb is no notebook of format 4"):
        read_cells(text, "n.ipynb")


def test_titles():
    (run, *_) = read_cells(notebook("\n  import time\nx = 5"), "n.ipynb")
    assert run.title == "cell [1] 'import time'"
    assert NotebookCell("", frozenset(), 3).title == "code cell 3"
    assert NotebookCell("x" * 99, frozenset(), 3).title == f"code cell 3 '{'x' * 39}…'"
