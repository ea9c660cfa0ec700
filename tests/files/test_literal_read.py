"""Reading by what a board prints: on every board, several files at once, damaged ones again."""

import pytest

from iot_kernel.files.errors import TransferError
from iot_kernel.files.literal_read import read_files
from iot_kernel.files.remote_call import ROOMY, RemoteCaller
from tests.files.faulty_board import FaultyBoard

pytestmark = pytest.mark.board

LIMIT = 1000
CONTENTS = {"/a": bytes(range(256)), "/b": b"", "/c": b"text\n" * 50}


@pytest.fixture
def asker(device):
    device.files.write_files(CONTENTS)
    return RemoteCaller(device)


def test_several_cost_no_more_executions_than_one(device, asker):
    board = FaultyBoard(device)
    told = []
    asker = RemoteCaller(board)
    assert asker.capabilities
    before = board.steps
    assert read_files(asker, ["/b"], lambda *_: None, limit=LIMIT) == [b""]
    for_one = board.steps - before
    assert for_one == 1 or asker.capabilities.free < ROOMY
    assert read_files(
        asker, list(CONTENTS), lambda index, done: told.append((index, done)), limit=LIMIT
    ) == list(CONTENTS.values())
    assert board.steps == before + 2 * for_one
    assert told == sorted(told)
    assert [max((done for i, done in told if i == index), default=0) for index in range(3)] == [256, 0, 250]


def test_a_missing_one_among_others(asker):
    with pytest.raises(FileNotFoundError, match=":/nosuch"):
        read_files(asker, ["/a", "/nosuch", "/c"], lambda index, done: None, limit=LIMIT)


def test_only_what_was_damaged_is_read_again(roomy):
    roomy.files.write_files(CONTENTS)
    board = FaultyBoard(roomy)
    asker = RemoteCaller(board)
    assert asker.capabilities
    codes = []

    def keep(step, code):
        codes.append(code)
        if len(codes) == 1:
            board.to_host = lambda text: text.replace("dGV4", "dGV5", 1)
        else:
            board.to_host = lambda text: text
        return code

    board.to_board = keep
    assert read_files(asker, list(CONTENTS), lambda index, done: None, limit=LIMIT) == list(CONTENTS.values())
    assert '("/a","/b","/c",)' in codes[0]
    assert '("/c",)' in codes[1]


def test_three_times_is_enough(roomy):
    roomy.files.write_files(CONTENTS)
    board = FaultyBoard(roomy)
    asker = RemoteCaller(board)
    assert asker.capabilities
    board.to_host = lambda text: text.replace("dGV4", "dGV5", 1)
    before = board.steps
    with pytest.raises(TransferError, match=":/c arrived damaged 3 times"):
        read_files(asker, list(CONTENTS), lambda index, done: None, limit=LIMIT)
    assert board.steps == before + 3
