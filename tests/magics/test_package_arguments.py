"""What %pip and %upip have in common."""

import pytest

from iot_kernel.errors import UsageError
from iot_kernel.magics.package_arguments import checked_operation, host_directory
from ukernel.directories import Places


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("list", "^%x only installs; look yourself$"),
        ("other", r"^%x only installs; did you mean '%x install other'\?$"),
        ("o\nther", r"'%x install o\?ther'"),
    ],
)
def test_only_one_operation(word, words):
    assert checked_operation("%x", "install", {}) == "install"
    with pytest.raises(UsageError, match=words):
        checked_operation("%x", word, {"list": "look yourself"})


def test_directories_of_this_computer(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    places = Places.from_environment({"IOT_PROJECTS": str(tmp_path / "mine"), "HOME": str(tmp_path)})
    assert host_directory(places, "libs/../more") == tmp_path / "mine/more"
    assert host_directory(places, "~/x") == tmp_path / "x"
    with pytest.raises(UsageError, match="-t :/lib is one of the board"):
        host_directory(places, "/lib")
