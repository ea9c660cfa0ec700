"""The names of cells are those that ipykernel and JupyterLab compute."""

from hypothesis import given
from hypothesis import strategies as st
from ipykernel.compiler import murmur2_x86

from iot_kernel.debugging.frontend.cell_paths import CellPaths, murmur2

TOLD = {"hashMethod": "Murmur2", "hashSeed": 3339675911, "tmpFilePrefix": "/tmp/k/", "tmpFileSuffix": ".py"}
CODE = "def double(x):\n    y = 2 * x\n    # a note\n\n    z = [y, x]\n    return y\n"


@given(st.text(), st.integers(0, 2**32 - 1))
def test_the_hash_is_that_of_ipykernel(text, seed):
    assert murmur2(text.encode(errors="ignore"), seed) == murmur2_x86(
        text.encode(errors="ignore").decode(), seed
    )


def test_a_cell_has_the_path_that_jupyterlab_computes():
    paths = CellPaths()
    assert paths.path(CODE) is None
    paths.learn(TOLD)
    assert paths.path(CODE) == "/tmp/k/1602617869.py"
    assert paths.code("/tmp/k/1602617869.py") == CODE
    assert paths.code("/tmp/k/1.py") is None


def test_what_was_dumped_has_the_path_that_was_told():
    paths = CellPaths()
    paths.note("/elsewhere.py", CODE)
    paths.learn({"hashMethod": "Murmur3"})
    assert paths.path("pass") is None
    assert (paths.path(CODE), paths.code("/elsewhere.py")) == ("/elsewhere.py", CODE)


def test_another_process_names_cells_anew_and_old_paths_stay_known():
    paths = CellPaths()
    paths.learn(TOLD)
    old = paths.path(CODE)
    paths.learn({**TOLD, "tmpFilePrefix": "/tmp/other/"})
    assert paths.path(CODE) == "/tmp/other/1602617869.py"
    assert paths.code(old) == CODE
