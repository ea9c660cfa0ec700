"""How a plan looks; `test_sync` has the colours."""

from iot_kernel.magics.plan_table import LONGEST_PATH, plan_table


def test_what_goes_comes_and_changes():
    table = plan_table(["/a"], ["b.py", "c.py"], ["x" * 2000])
    lines = table.as_text().replace("\x1b", "").split("\n")
    assert [line.split("m", 1)[-1].split("[")[0] for line in lines[:3]] == [
        "DELETE  /a",
        "ADD     b.py",
        "ADD     c.py",
    ]
    assert len(lines[3]) < LONGEST_PATH + 30


def test_nothing():
    assert plan_table([], [], []).as_text() == ""
