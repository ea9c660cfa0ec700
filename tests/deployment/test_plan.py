"""What a deployment changes, from two sets of files."""

from iot_kernel.deployment.layout import FIRST, Generation, Layout
from iot_kernel.deployment.plan import make_plan, shortage
from iot_kernel.files.tree import RemoteFile, Space, Tree, digest

TREE = Tree({}, frozenset(), frozenset(), frozenset(), "sha256", None, is_flat=False, now=None)


def there(**files):
    return {
        f"{name}.py": RemoteFile(f"{name}.py", len(data), None, digest(data, "sha256"))
        for name, data in files.items()
    }


def plan(contents, *generations, has_stub=True):
    layout = Layout("/", {each.number: each for each in generations}, has_stub)
    return make_plan(contents, layout, TREE)


def test_beside_the_program_that_the_board_starts():
    old = Generation(4, there(main=b"1", same=b"2", gone=b"3"), is_on=True)
    found = plan({"main.py": b"9", "same.py": b"2", "new.py": b""}, old)
    assert (found.deletes, found.adds, found.updates) == (("gone.py",), ("new.py",), ("main.py",))
    assert (found.number, found.size, found.is_empty) == (5, 2, False)
    assert plan({"main.py": b"1", "same.py": b"2", "gone.py": b"3"}, old).is_empty


def test_all_is_new_beside_what_was_there_at_first_or_is_not_started():
    for old, has_stub in (
        (Generation(FIRST, there(main=b"1"), is_on=True), True),
        (Generation(3, there(main=b"1"), is_on=True), False),
        (Generation(3, there(main=b"1")), True),
    ):
        assert plan({"main.py": b"1"}, old, has_stub=has_stub).adds == ("main.py",)


def test_space():
    found = plan({"main.py": bytes(2000)})
    assert shortage(found, 48, None) == shortage(found, 48, Space(2048, 9000)) == ""
    assert shortage(found, 48, Space(1024, 9000)) == (
        "the board has 1.0 KB left, and 2.0 KB are needed, since the old program stays until the new one has "
        "come up; nothing was changed"
    )
