"""What a board prints for the prompt; Python stands for the board."""

import pytest

from iot_kernel.debugging.messages import Variable
from iot_kernel.debugging.prompt.printing import LONG, Shows, printing, printing_variable

NUMBERS = list(range(40))


@pytest.mark.parametrize(
    ("expression", "shows", "printed"),
    [
        ("1 + 1", Shows.VALUE, "2\n"),
        ("None", Shows.VALUE, ""),
        ("None", Shows.PRINT, "None\n"),
        ("1 +\\\n1  # two", Shows.PRINT, "2\n"),
        ("1", Shows.KIND, f"{int}\n"),
        ("[1, 2]", Shows.PRETTY, "[1, 2]\n"),
        ("NUMBERS", Shows.PRETTY, "[" + ",\n ".join(map(str, NUMBERS)) + "]\n"),
    ],
)
def test_values(expression, shows, printed, capsys):
    exec(printing(expression, shows), {"NUMBERS": NUMBERS, "print": None})
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    ("size", "printed"), [(LONG, f"n = {NUMBERS}\n"), (LONG + 1, "n = [0, 1, …] 101 items\n")]
)
def test_variables(size, printed, capsys):
    exec(printing_variable(Variable("n", "list", size, "[0, 1, …] 101 items", 1)), {"n": NUMBERS})
    assert capsys.readouterr().out == printed
