"""IPython's inputs with those of cells that ran elsewhere."""

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from iot_kernel.subkernel.input_history import InputHistory


@pytest.fixture
def shell(monkeypatch, tmp_path):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell()
    shell.history_manager.enabled = False
    yield shell
    shell.history_manager.end_session()


def run(shell, source):
    """What IPython notes of a cell that it runs."""
    shell.history_manager.store_inputs(shell.execution_count, source, source)
    shell.execution_count += 1


def test_cells_of_both_sides_have_their_numbers(shell):
    inputs = InputHistory(shell)
    inputs.make_room(2)
    run(shell, "here = 1\n")
    inputs.fill([(1, "there = 1\n"), (2, "here = 1\n"), (4, "%pwd\nthere = 2")])
    assert shell.user_ns["In"] == ["", "there = 1", "here = 1", "", "%pwd\nthere = 2"]
    assert shell.history_manager.input_hist_raw == shell.user_ns["In"]
    assert inputs.elsewhere == {1, 4}
    inputs.fill([])
    assert len(shell.user_ns["In"]) == 5


def test_code_of_a_board_is_not_run_again_here(shell, capsys):
    inputs = InputHistory(shell)
    inputs.make_room(2)
    run(shell, "print('again')")
    inputs.fill([(1, "raise SystemExit")])
    shell.run_line_magic("rerun", "2")
    assert capsys.readouterr().out.splitlines()[-1] == "again"
    for ranges in ("1", "1-2", "2 1"):
        with pytest.raises(UsageError, match=r"cells of this computer only; .*%recall 1"):
            shell.run_line_magic("rerun", ranges)
    assert shell.find_line_magic("rerun").__doc__.startswith("Re-run previous input")
