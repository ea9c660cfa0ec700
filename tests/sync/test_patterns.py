"""What patterns mean, beside Python's own glob."""

import glob
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.sync.patterns import Excludes, Includes
from tests.each import each

INCLUDED = [
    ("./**/*.py", "main.py", True),
    ("./**/*.py", "a/b/c.py", True),
    ("./**/*.py", "a/b/c.txt", False),
    ("**/*.py", "a/c.py", True),
    ("*.py", "main.py", True),
    ("*.py", "a/main.py", False),
    ("www/*.html", "www/index.html", True),
    ("www/*.html", "old/www/index.html", False),
    ("www/**", "www/css/a/b.css", True),
    ("**", "anything/at all", True),
    ("a/**/b/*.py", "a/b/x.py", True),
    ("a/**/b/*.py", "a/1/2/b/x.py", True),
    ("a/**/b/*.py", "a/1/b/2/x.py", False),
    ("[ab]?.py", "a1.py", True),
    ("[!ab]?.py", "a1.py", False),
    ("a/**", "a", False),
    ("./**/", "a", False),
    ('it\'s "here".py', 'it\'s "here".py', True),
    ("*.py", "-rf.py", True),
    ("*.PY", "main.py", False),
]


@each(("pattern", "path", "is_included"), INCLUDED)
def test_files(pattern, path, is_included):
    assert Includes([pattern]).has_file(path) is is_included


@each(
    ("pattern", "path", "is_included"),
    [
        ("./**/", "a", True),
        ("./**/", "a/b", True),
        ("data/", "data", True),
        ("data/", "old/data", False),
        ("**/data/", "old/data", True),
        ("**/*.py", "a.py", False),
    ],
)
def test_directories(pattern, path, is_included):
    assert Includes([pattern]).has_directory(path) is is_included


@pytest.mark.parametrize("pattern", ["/etc/*.py", "../*.py", "a/../../b.py"])
def test_a_pattern_stays_in_its_directory(pattern):
    with pytest.raises(ValueError, match="relative to the resource's directory"):
        Includes([pattern])


def test_no_pattern_means_nothing():
    assert not Includes([]).has_file("a.py")
    assert not Excludes([]).covers("/a.py")


name = st.text("ab.[]!*?-", min_size=1, max_size=3).filter(lambda text: not text.startswith("."))
step = st.sampled_from(["**", "*", "a*", "?", "[ab]", "b", "[!a]*", "*.b", "a"])


@given(
    files=st.lists(st.lists(name, min_size=1, max_size=3).map("/".join), min_size=1, max_size=6),
    pattern=st.lists(step, min_size=1, max_size=4).map("/".join),
)
def test_files_are_those_of_glob(files, pattern):
    with TemporaryDirectory() as directory:
        made = [path for path in files if _make(Path(directory, path))]
        found = glob.glob(pattern, root_dir=directory, recursive=True, include_hidden=False)  # noqa: PTH207
        expected = {path for path in found if Path(directory, path).is_file()}
    assert {path for path in made if Includes([pattern]).has_file(path)} == expected


def _make(path):
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError:
        return False
    return path.is_file()


@each(
    ("pattern", "path", "is_covered"),
    [
        ("boot_out.txt", "/boot_out.txt", True),
        ("boot_out.txt", "/lib/boot_out.txt", True),
        ("boot_out.txt", "/boot_out.txt.py", False),
        ("/data", "/data", True),
        ("/data", "/data/log.csv", True),
        ("/data", "/data/2021/07/log.csv", True),
        ("/data", "/database", False),
        ("/data", "/lib/data", False),
        ("/data/", "/data/log.csv", True),
        ("data", "/lib/data/log.csv", True),
        ("./data", "/lib/data/log.csv", True),
        ("data/log.csv", "/lib/data/log.csv", True),
        ("data/log.csv", "/database/log.csv", False),
        ("ta/log.csv", "/data/log.csv", False),
        ("*.csv", "/data/log.csv", True),
        ("/data/*.csv", "/data/2021/log.csv", True),
        ("/data/*.csv", "/data/log.txt", False),
        ("tests", "/lib/tests/a.py", True),
        ("[!a]*", "/b", True),
        ("[!a]*", "/a", False),
        ("/", "/anything", True),
        ("*", "/anything", True),
        ("", "/anything", False),
        ("./", "/anything", False),
        ("*.TXT", "/a.txt", False),
        ("it's", "/it's/x", True),
        ("two\nlines", "/two\nlines", True),
    ],
)
def test_excludes(pattern, path, is_covered):
    assert Excludes([pattern]).covers(path) is is_covered


path = st.lists(st.text(min_size=1, max_size=4).filter(lambda text: "/" not in text), min_size=1).map(
    "/".join
)


@given(pattern=st.text("ab*?/.[]!", max_size=6), above=path, below=path)
def test_what_is_below_is_covered_too(pattern, above, below):
    excludes = Excludes([pattern])
    if excludes.covers(f"/{above}"):
        assert excludes.covers(f"/{above}/{below}")


@given(above=path, below=path)
def test_a_path_means_itself(above, below):
    """Brackets and their like are literal inside brackets."""
    literal = "".join(f"[{character}]" if character in "*?[" else character for character in f"/{above}")
    assert Excludes([literal]).covers(f"/{above}/{below}") or literal.rstrip("/") != literal
