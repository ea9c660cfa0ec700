"""What cells become, and which cannot be deployed: each problem names its cell and line."""

import pytest

from iot_kernel.deployment.errors import DeployError
from iot_kernel.deployment.notebook import read_cells
from iot_kernel.deployment.program import make_program, path_problem
from tests.deployment.notebooks import notebook
from tests.each import each


def made(*cells):
    return make_program(read_cells(notebook(*cells), "n.ipynb"), "n.ipynb")


def problems(*cells):
    with pytest.raises(DeployError) as caught:
        made(*cells)
    return caught.value.problems


def test_tagged_cells_and_cells_with_a_head():
    program = made(
        ("import lib_of_mine", "deploy"),
        "not_deployed()",
        "%%deploy lib/motor.py\nclass Motor:\n    pass",
        ("x = 5\n", "other", "deploy"),
        "%%deploy -n main.py\nwhile True:\n    x += 1",
        ("%%deploy lib/motor.py\ny = 1", "deploy"),
    )
    assert program.sources == {
        "main.py": "import lib_of_mine\n\nx = 5\n\nwhile True:\n    x += 1\n\n",
        "lib/motor.py": "class Motor:\n    pass\n\ny = 1\n\n",
    }


def test_lines_lead_back_to_cells():
    program = made(("a = 1\nb = 2", "deploy"), "c", "%%deploy main.py\nd = 1\ne = 2", ("", "deploy"))
    assert program.sources["main.py"].splitlines() == ["a = 1", "b = 2", "", "d = 1", "e = 2", ""]
    assert program.place("main.py", 2) == "cell [1] 'a = 1', line 2"
    assert program.place("main.py", 5) == "cell [3] '%%deploy main.py', line 3"
    assert program.place("main.py", 3) == program.place("main.py", 9) == program.place("x.py", 1) == ""


def test_the_last_expression_and_indented_cells_are_as_in_a_cell():
    assert made(("  x = 1\n  x", "deploy")).sources["main.py"] == "x = 1\nx\n\n"


def test_nothing_to_deploy():
    (problem,) = problems("x = 5", ("", "deploy"))
    assert problem.startswith("n.ipynb has nothing to deploy: tag cells 'deploy'")
    (problem,) = problems("%%deploy lib/motor.py\nx = 1")
    assert problem.startswith("n.ipynb has no main.py, which is what the board starts, only lib/motor.py")


def test_syntax_errors_name_cell_and_line():
    assert problems(("x = 1", "deploy"), ("# a\ny = (\n", "deploy"), "%%deploy main.py\n\nz = = 1") == (
        "cell [2] '# a', line 2: SyntaxError: '(' was never closed",
        "cell [3] '%%deploy main.py', line 3: SyntaxError: invalid syntax",
    )
    (problem,) = problems(("import asyncio\nawait asyncio.sleep(1)", "deploy"))
    assert problem.startswith("cell [1] 'import asyncio', line 2: SyntaxError: 'await' outside of a function")
    (problem,) = problems(("return 5", "deploy"))
    assert "line 1: SyntaxError: 'return' outside function" in problem


def test_magics_are_refused_by_cell_and_line():
    found = problems(
        ("x = 1\n%cd /\n!ls", "deploy"), ("%%host\ny = 1", "deploy"), "%%deploy main.py\nz = 1\n%rlist -a"
    )
    end = " is a magic, which no board can run: put it into a cell that is not deployed"
    assert found == (
        f"cell [1] 'x = 1', line 2: '%cd /'{end}",
        f"cell [1] 'x = 1', line 3: '! ls'{end}",
        f"cell [2] '%%host', line 1: '%%host'{end}",
        f"cell [3] '%%deploy main.py', line 3: '%rlist -a'{end}",
    )


def test_percent_signs_in_code_are_no_magics():
    source = "x = 'a'\ny = (5\n% 2)\ns = '''\n%cd\n'''"
    assert made((source, "deploy")).sources["main.py"] == source + "\n\n"


@each("path", ["main.py", "lib/motor.py", "robot/arm/joint.py", "motor.py"])
def test_names_of_files(path):
    assert path_problem(path) == ""


@each(
    "path",
    [
        *("", "main", "main.txt", "/main.py", "../main.py", "a b.py", "lib/", "boot.py", "1a.py", ".x.py"),
        *("lib/.hidden/x.py", "a//b.py", "main.py main.py"),
    ],
)
def test_names_of_files_that_are_refused(path):
    assert path_problem(path) != ""


def test_a_head_with_such_a_name():
    (problem,) = problems("%%deploy boot.py\nx = 1")
    assert problem.startswith("cell [1] '%%deploy boot.py', line 1: the firmware starts boot.py")
    assert "expected the path of a module" in problems("%%deploy\nx = 1")[0]


def test_a_module_and_a_directory_of_one_name():
    found = problems("%%deploy a.py\nx = 1", "%%deploy a/b.py\nx = 1", ("import a", "deploy"))
    assert found == ("a.py cannot be a file and a directory",)
