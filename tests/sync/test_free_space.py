"""Whether there is space for a plan."""

from iot_kernel.files.tree import Space
from iot_kernel.sync.free_space import shortage, written_mounts
from iot_kernel.sync.plan import plan
from tests.each import each
from tests.sync.memory import MemoryBoard, host_tree, rules


def needed(host, board, mount="/", mounts=()):
    """The least room that a plan is content with."""
    there = MemoryBoard(board, mounts=mounts).tree(digest_sizes=None)
    planned = plan(host_tree(host), there, rules())
    return next(free for free in range(100) if not shortage(planned, there, mount, Space(free, 100)))


@each(
    ("host", "board", "free"),
    [
        ("/a=1234", "/a=1234", 0),
        ("/a=1234", "", 4),
        ("/a=12 /b=123", "", 5),
        ("/a=1234", "/old=12345678", 0),
        ("/a=123456789", "/old=12345678", 1),
        ("/a=1234", "/a=1235", 4),
        ("/a=1 /b=123456", "/a=2345 /b=1", 6 - 3),
        ("/a=123456 /b=1", "/a=1 /b=2345", 6),
        ("/x=1234", "/x/a=12", 2),
    ],
)
def test_space_that_is_needed(host, board, free):
    assert needed(host, board) == free


def test_each_file_system_has_its_own():
    host, board = "/a=12 /sd/b=123", "/sd/b=1"
    assert needed(host, board, "/", {"/sd"}) == 2
    assert needed(host, board, "/sd", {"/sd"}) == 3
    there = MemoryBoard(board, mounts={"/sd", "/flash"}).tree()
    assert written_mounts(plan(host_tree(host), there, rules()), there) == {"/", "/sd"}


def test_what_is_said():
    there = MemoryBoard().tree()
    planned = plan(host_tree(f"/a={'x' * 3000}"), there, rules())
    assert shortage(planned, there, "/", Space(100, 200)) == (
        "the board has 100 bytes left, and 2.9 KB are needed; nothing was changed"
    )
    assert shortage(planned, there, "/", Space(3000, 3000)) == ""
