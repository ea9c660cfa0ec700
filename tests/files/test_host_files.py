"""Files of this computer as copies need them: nothing is written outside, whatever stands in a target."""

from pathlib import Path

import pytest

from iot_kernel.files.host_files import DIRECTORY, check_inside, size, write
from iot_kernel.files.paths import TEMPORARY


@pytest.fixture
def target(tmp_path):
    """A directory with another one beside it."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").write_text("precious")
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def test_sizes(target):
    (target / "x").write_bytes(b"123")
    assert [size(target / "x"), size(target), size(target / "no")] == [3, DIRECTORY, None]


@pytest.mark.parametrize("path", ["x", "a/b/c", ".", "inner/x", "circle/x"])
def test_inside(target, path):
    (target / "a").mkdir()
    (target / "inner").symlink_to(target / "a")
    (target / "circle").symlink_to("circle")
    check_inside(str(target), [str(target / path)])


@pytest.mark.parametrize("leads", ["../outside", "/etc", "../nowhere", "..", "../target2"])
@pytest.mark.parametrize("path", ["link", "link/x", "link/a/b"])
def test_links_out_of_it(target, leads, path):
    (target / "link").symlink_to(leads)
    with pytest.raises(PermissionError, match=r"a link there leads out of '.*/target', to '/") as caught:
        check_inside(str(target), [str(target / "fine"), str(target / path)])
    assert caught.value.filename == str(target / path)


def test_a_link_that_is_named_is_followed(target, tmp_path):
    (tmp_path / "named").symlink_to(tmp_path / "outside")
    check_inside(str(tmp_path / "named"), [str(tmp_path / "named"), str(tmp_path / "named/new/x")])


def test_control_characters_reach_no_terminal(target):
    (target / "link").symlink_to("../outside")
    with pytest.raises(PermissionError) as caught:
        check_inside(str(target), [str(target / "link/\x1b[31m\x9b")])
    assert not {"\x1b", "\x9b"} & set(str(caught.value))


def test_relative(target, monkeypatch):
    monkeypatch.chdir(target)
    Path("link").symlink_to("../outside")
    check_inside(".", ["x", "a/b"])
    with pytest.raises(PermissionError):
        check_inside(".", ["link/x"])


def test_what_is_called_like_the_new_content_is_not_followed(target, tmp_path):
    (target / f"x{TEMPORARY}").symlink_to(tmp_path / "outside/file")
    write(target / "x", b"new")
    assert (target / "x").read_bytes() == b"new"
    assert (tmp_path / "outside/file").read_text() == "precious"
    assert [path.name for path in target.iterdir()] == ["x"]
