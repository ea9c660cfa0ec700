"""What may be deleted."""

from iot_kernel.sync.patterns import Excludes
from iot_kernel.sync.rules import Rules, above, all_above, is_below, is_hidden
from tests.each import each


@each(
    ("path", "may"),
    [
        ("/lib", False),
        ("/lib/a.py", True),
        ("/lib/a/b/c.py", True),
        ("/library.py", False),
        ("/main.py", False),
        ("/lib/.env", False),
        ("/lib/.git/config", False),
        ("/lib/a.b/c..py", True),
        ("/lib/data/log.csv", False),
        ("/lib/sd", False),
        ("/lib/sd/a.py", False),
        ("/lib/sdcard", True),
        ("/lib/webrepl_cfg.py", False),
        ("/www/a.tmp", False),
        ("/lib/a.tmp", True),
        ("/www/a.html", True),
        ("/", False),
    ],
)
def test_may_delete(path, may):
    rules = Rules(
        frozenset({"/lib", "/www"}), (("/", Excludes(["/lib/data"])), ("/www", Excludes(["*.tmp"])))
    )
    assert rules.may_delete(path, {"/lib/sd", "/flash"}) is may


def test_the_root_may_be_mirrored_and_is_never_deleted():
    rules = Rules(frozenset({"/"}))
    assert rules.may_delete("/a", ())
    assert not rules.may_delete("/", ())
    assert not rules.may_delete("/flash/a", {"/flash"})


def test_a_mirrored_directory_below_a_mount_point_is_mirrored():
    rules = Rules(frozenset({"/", "/flash/lib"}))
    assert rules.may_delete("/flash/lib/a", {"/flash"})
    assert not rules.may_delete("/flash/a", {"/flash"})


def test_paths():
    assert is_hidden("/.a") and is_hidden("/a/.b/c") and not is_hidden("/a.b")
    assert is_below("/a/b", "/a") and is_below("/a", "/") and not is_below("/ab", "/a")
    assert not is_below("/a", "/a") and not is_below("/", "/")
    assert list(above("/a/b/c")) == ["/a/b", "/a"]
    assert all_above(["/a/b/c", "/a/d", "/e"]) == {"/a", "/a/b"}
