import json
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.boards import registry_file as file_module
from iot_kernel.boards.registry_entry import Entry
from iot_kernel.boards.registry_file import RegistryFile
from iot_kernel.errors import ConfigError

USB = Entry(
    "serial:///dev/ttyACM0", "00:00:00:00:00:01", "micropython", "esp32", "0163A3DA", True, True, False, 12.5
)


@pytest.fixture
def registry(tmp_path: Path) -> RegistryFile:
    return RegistryFile(tmp_path / "iot-kernel" / "registry.json")


def test_no_file_has_no_entries_and_is_not_made(registry: RegistryFile):
    assert registry.read() == []
    assert not registry.path.parent.exists()


def test_entries_come_back_in_their_order(registry: RegistryFile):
    entries = [USB, Entry("ws://b:8266"), Entry("ws://a:8266", hidden=True)]
    registry.update(lambda _: entries)
    assert registry.read() == entries


def test_a_change_sees_what_is_there(registry: RegistryFile):
    registry.update(lambda entries: [*entries, USB])
    registry.update(lambda entries: [*entries, Entry("ws://a:8266")])
    assert [entry.url for entry in registry.read()] == [USB.url, "ws://a:8266"]


def test_only_the_owner_may_read(registry: RegistryFile):
    registry.update(lambda _: [USB])
    assert {path.name: path.stat().st_mode & 0o777 for path in registry.path.parent.iterdir()} == {
        "registry.json": 0o600,
        "registry.json.lock": 0o600,
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is no JSON"),
        ("{", "is no JSON"),
        ("\xff", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "is no registry of boards"),
        ('{"version": 1}', "is no registry of boards"),
        ('{"version": 2, "entries": []}', "was written by another version"),
        ('{"version": 1, "entries": [1]}', "makes no sense"),
        ('{"version": 1, "entries": [{}]}', "makes no sense"),
        ('{"version": 1, "entries": [{"url": 1}]}', "makes no sense"),
        ('{"version": 1, "entries": [{"url": "lamp"}]}', "makes no sense"),
        ('{"version": 1, "entries": [{"url": "ws://a", "seen": "x"}]}', "makes no sense"),
        ('{"version": 1, "entries": [{"url": "ws://a", "hidden": 1}]}', "makes no sense"),
        ('{"version": 1, "entries": [{"url": "ws://a", "uid": 5}]}', "makes no sense"),
    ],
)
def test_a_broken_file_is_named_and_left_alone(registry: RegistryFile, text: str, problem: str):
    registry.path.parent.mkdir()
    registry.path.write_bytes(text.encode("latin-1"))
    for use in (registry.read, lambda: registry.update(lambda entries: entries)):
        with pytest.raises(ConfigError, match=problem) as caught:
            use()
        assert str(registry.path) in str(caught.value)
        assert "%discover -f" in str(caught.value)
    assert registry.path.read_bytes() == text.encode("latin-1")


def test_a_broken_file_is_put_aside_on_request(registry: RegistryFile):
    registry.path.parent.mkdir()
    registry.path.write_text("{")
    registry.update(lambda entries: [*entries, USB], renew=True)
    assert registry.read() == [USB]
    assert (registry.path.parent / "registry.json.broken").read_text() == "{"


def test_a_huge_file_is_refused(registry: RegistryFile, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(file_module, "FILE_LIMIT", 10)
    registry.path.parent.mkdir()
    registry.path.write_text(" " * 11)
    with pytest.raises(ConfigError, match="10 bytes"):
        registry.read()


def test_what_an_older_or_newer_program_left_out_or_added_does_no_harm(registry: RegistryFile):
    registry.path.parent.mkdir()
    registry.path.write_text('{"version": 1, "x": 1, "entries": [{"url": "ws://A", "colour": "red"}]}')
    assert registry.read() == [Entry("ws://a:8266")]


def test_text_from_boards_is_cleaned(registry: RegistryFile):
    registry.path.parent.mkdir()
    entry = {"url": "ws://a", "uid": "nonsense", "platform": "\x1b[31m" + "x" * 10_000}
    registry.path.write_text(json.dumps({"version": 1, "entries": [entry]}))
    (read,) = registry.read()
    assert read.uid == ""
    assert read.platform.isprintable()
    assert len(read.platform) <= file_module.URL_LIMIT


def test_an_address_stands_there_once(registry: RegistryFile):
    registry.path.parent.mkdir()
    registry.path.write_text(
        '{"version": 1, "entries": [{"url": "ws://a"}, {"url": "ws://a:8266", "seen": 1}]}'
    )
    assert registry.read() == [Entry("ws://a:8266", seen=1)]


def test_the_file_does_not_grow_without_end(registry: RegistryFile, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(file_module, "ENTRY_LIMIT", 3)
    by_hand = Entry("ws://hand:8266", by_hand=True)
    found = [Entry(f"ws://h{i}:8266", seen=i) for i in range(4)]
    registry.update(lambda _: [found[0], by_hand, *found[1:]])
    assert registry.read() == [by_hand, found[2], found[3]]


def test_a_directory_that_cannot_be_made_is_a_clear_error(tmp_path: Path):
    (tmp_path / "file").touch()
    registry = RegistryFile(tmp_path / "file" / "registry.json")
    assert registry.read() == []
    with pytest.raises(ConfigError, match="JUPYTER_DATA_DIR"):
        registry.update(lambda entries: entries)


def test_a_file_that_cannot_be_read_is_a_clear_error(tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot be read"):
        RegistryFile(tmp_path).read()


def test_a_file_that_cannot_be_written_is_a_clear_error(
    registry: RegistryFile, monkeypatch: pytest.MonkeyPatch
):
    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file_module, "write_private", fails)
    with pytest.raises(ConfigError, match=r"cannot be written .No space left"):
        registry.update(lambda _: [USB])


def test_a_kernel_that_keeps_the_lock_is_named_as_the_cause(
    registry: RegistryFile, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(file_module, "LOCK_TIMEOUT", 0.05)
    registry.path.parent.mkdir()
    with (
        FileLock(registry.path.parent / "registry.json.lock"),
        pytest.raises(ConfigError, match="another kernel has kept it locked"),
    ):
        registry.update(lambda entries: entries)


def test_a_lock_that_cannot_be_had_is_a_clear_error(registry: RegistryFile):
    (registry.path.parent / "registry.json.lock").mkdir(parents=True)
    with pytest.raises(ConfigError, match="cannot be locked"):
        registry.update(lambda entries: entries)


def test_no_change_of_another_process_is_lost(registry: RegistryFile):
    code = """
import sys
from pathlib import Path
from iot_kernel.boards.registry_entry import Entry
from iot_kernel.boards.registry_file import RegistryFile
file = RegistryFile(Path(sys.argv[1]))
for i in range(20):
    file.update(lambda entries: [*entries, Entry(f"ws://{sys.argv[2]}-{i}:1")])
"""
    command = [sys.executable, "-c", code, str(registry.path)]
    writers = [subprocess.Popen([*command, name]) for name in "abc"]
    while any(writer.poll() is None for writer in writers):
        registry.read()  # never sees a part of the file
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert {entry.url for entry in registry.read()} == {
        f"ws://{name}-{i}:1" for name in "abc" for i in range(20)
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["url", "uid", "seen", "x"]), inner)
    ),
)


@given(JSON | st.lists(JSON).map(lambda entries: {"version": 1, "entries": entries}))
def test_any_json_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: object):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(content))
    try:
        entries = RegistryFile(path).read()
    except ConfigError as error:
        assert error.path == str(path)
    else:
        assert all(isinstance(entry, Entry) for entry in entries)
