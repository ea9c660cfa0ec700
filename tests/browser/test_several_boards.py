"""A cell on several boards at the same time in JupyterLab: blocks that grow in their places, and a table."""

import re

import pytest

from iot_kernel.virtual_board.transport import board_uid
from tests.browser.lab import ARTIFACTS, Notebook

BOARDS = {"kitchen": "19.5", "cellar": "12.0", "attic": "28.5"}
FIRST = f"%%connect {' '.join(f'sim://{name}?dir={name}' for name in BOARDS)} -pq\nimport time"
CELL = f"""%%connect {" ".join(BOARDS)} --parallel --out temperatures
start = float(open("start.txt").read())
for minute in range(4):
    print("minute", minute, start + minute / 2)
    time.sleep(0.5)
if start > 25:
    raise OSError("the sensor is too hot")
start + minute / 2"""


@pytest.fixture
def boards(server):
    """Boards with names, and a file on each."""
    file = server.directory.parent / "projects" / "devices" / "several.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    for name, start in BOARDS.items():
        directory = server.directory / name
        directory.mkdir()
        (directory / "start.txt").write_text(start)
        with file.open("a") as devices:
            devices.write(f'{name}:\n  uid: "{board_uid(directory)}"\n')
    yield list(BOARDS)
    file.unlink()


def test_blocks_grow_in_their_places(browser, boards):
    browser.open()
    notebook = Notebook.launch(browser, "IoT Kernel")
    notebook.run(FIRST)
    index = notebook.type(CELL)
    for name in boards:
        notebook.wait_for(index, f"----- {name}\nminute 0")
    assert "minute 3" not in notebook.output(index)
    text = notebook.finish(index)
    blocks = re.split(r"^----- ", text, flags=re.MULTILINE)[1:]
    assert [block.split("\n")[0] for block in blocks] == boards
    assert [re.findall(r"minute (\d)", block) for block in blocks] == [["0", "1", "2", "3"]] * 3
    assert "OSError: the sensor is too hot" in text.partition("error")[2]
    assert "the cell failed on 1 of 3: attic" in text
    browser.screenshot("several-boards")
    notebook.cell(index).screenshot(str(ARTIFACTS / "several-boards-cell.png"))
    assert browser.errors() == []
