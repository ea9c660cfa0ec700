"""What a bridge may run. That a file of the board runs is shown with the command."""

import pytest

from iot_kernel.bridge.program import LARGEST_PROGRAM, BoardProgram, read_program


def test_nothing_code_and_files(tmp_path):
    assert read_program(None, None) is None
    assert read_program(None, "x = 1") == BoardProgram("the code of --cell", "x = 1\n")
    file = tmp_path / "a.py"
    file.write_text("print('ä')\n", encoding="utf-8")
    assert read_program(str(file), None) == BoardProgram(str(file), "print('ä')\n")


def test_a_name_on_the_board_is_quoted():
    program = read_program(":it's.py", None)
    assert program.name == ":it's.py"
    compile(program.code, "", "exec")
    assert '"it\'s.py"' in program.code


def test_files_that_are_no_programs(tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "large").write_bytes(b"#" * (LARGEST_PROGRAM + 1))
    for name, problem in (
        ("binary", "no text"),
        ("large", "larger than"),
        ("none", "No such file"),
        ("", "directory"),
    ):
        with pytest.raises(ValueError, match=problem):
            read_program(str(tmp_path / name), None)
