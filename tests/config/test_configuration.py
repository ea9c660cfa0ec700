import os
from pathlib import Path

import pytest

from iot_kernel.config import LISTEN_VARIABLE, PASSWORD_VARIABLE, Configuration
from iot_kernel.config import configuration as module
from iot_kernel.errors import ConfigError, ConnectError, ConnectReason
from tests.each import each

LAMP, ROBOT, STRANGER = "00:00:00:00:00:01", "00:00:00:00:00:02", "00:00:00:00:00:03"
WS = "ws://10.0.0.5:8266"


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    (tmp_path / "devices").mkdir()
    (tmp_path / "libs").mkdir()
    return tmp_path


@pytest.fixture
def configuration(projects: Path) -> Configuration:
    return Configuration.from_environment({"IOT_PROJECTS": str(projects), "HOME": "/home/ann", "SUB": "sub"})


def put(projects: Path, name: str, text: str) -> Path:
    file = projects / name
    file.write_text(text)
    file.chmod(0o600)
    return file


def test_no_directory_means_no_devices(tmp_path: Path):
    configuration = Configuration.from_environment({"IOT_PROJECTS": str(tmp_path / "none")})
    assert configuration.devices() == []
    assert configuration.by_name("lamp") is None
    assert configuration.by_uid(LAMP) is None


def test_every_yaml_file_counts_and_nothing_else(projects: Path, configuration: Configuration):
    put(projects, "devices/b.yaml", f"lamp: {{uid: '{LAMP}'}}\n")
    put(projects, "devices/a.yml", f"robot: {{uid: '{ROBOT}'}}\n")
    put(projects, "devices/empty.yaml", "")
    put(projects, "devices/notes.txt", "not yaml: [")
    put(projects, "devices/.b.yaml", "not yaml: [")
    (projects / "devices" / "sub.yaml").mkdir()
    assert [device.name for device in configuration.devices()] == ["robot", "lamp"]


def test_files_are_read_again_every_time(projects: Path, configuration: Configuration):
    assert configuration.by_name("lamp") is None
    put(projects, "devices/a.yaml", f"lamp: {{uid: '{LAMP}'}}\n")
    assert configuration.by_name("lamp").uid == LAMP
    assert configuration.by_uid(LAMP.upper()).name == "lamp"
    assert configuration.by_uid("nonsense") is None


def test_files_that_say_the_same_are_understood_once(
    projects: Path, configuration: Configuration, monkeypatch: pytest.MonkeyPatch
):
    understood = []
    read = module.read_device_file
    monkeypatch.setattr(module, "read_device_file", lambda *args: understood.append(args[0]) or read(*args))
    file = put(projects, "devices/a.yaml", f"lamp: {{uid: '{LAMP}'}}\n")
    for _ in range(50):
        assert [device.uid for device in configuration.devices()] == [LAMP]
        configuration.devices().clear()  # it is the caller's own list
    assert understood == [file]
    stamp = file.stat()
    put(projects, "devices/a.yaml", f"lamp: {{uid: '{ROBOT}'}}\n")
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert [device.uid for device in configuration.devices()] == [ROBOT]


def test_a_variable_that_changes_changes_what_files_mean(projects: Path):
    environ = {"IOT_PROJECTS": str(projects), "SUB": "one"}
    configuration = Configuration.from_environment(environ)
    put(projects, "devices/a.yaml", f"lamp: {{uid: '{LAMP}', path: $SUB, resources: [a.py]}}\n")
    found = []
    for name in ("one", "two"):
        environ["SUB"] = name
        found.append(configuration.devices()[0].resources[0].source.parent)
    assert found == [projects / "one", projects / "two"]


def test_a_directory_that_cannot_be_listed_says_so(projects: Path):
    file = put(projects, "x", "")
    with pytest.raises(ConfigError, match="cannot be listed"):
        Configuration.from_environment({"IOT_DEVICES": str(file)}).devices()


@pytest.mark.parametrize(
    ("second", "what"),
    [(f"lamp:\n  uid: {ROBOT}\n", "name 'lamp'"), (f"\nrobot:\n  uid: {LAMP}\n", f"uid '{LAMP}'")],
)
def test_names_and_uids_are_unique_across_files(
    projects: Path, configuration: Configuration, second: str, what: str
):
    first = put(projects, "devices/a.yaml", f"\n\nlamp:\n  uid: {LAMP}\n")
    other = put(projects, "devices/b.yaml", second)
    with pytest.raises(ConfigError) as caught:
        configuration.devices()
    assert caught.value.path == str(other)
    assert caught.value.line == len(second.splitlines()) - 1
    assert caught.value.problem == f"the {what} is taken already ({first}, line 3)"


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("code", "{projects}/code"),
        ("~/code", "/home/ann/code"),
        ("$IOT_LIBS/x", "{projects}/libs/x"),
        ("${SUB}/x", "{projects}/sub/x"),
        ("/abs", "/abs"),
    ],
)
def test_paths_are_relative_to_the_projects(
    projects: Path, configuration: Configuration, written: str, path: str
):
    put(projects, "devices/a.yaml", f"lamp:\n  uid: {LAMP}\n  path: {written}\n  resources: [a.py]\n")
    assert str(configuration.by_name("lamp").resources[0].path) == path.format(projects=projects)


def test_a_password_is_only_for_configured_boards_and_typed_addresses(
    projects: Path, configuration: Configuration
):
    put(projects, "devices/a.yaml", f"lamp:\n  uid: {LAMP}\n")
    put(projects, "libs/secrets.py", "webrepl_pwd = 'default'\n")
    assert configuration.password_for(LAMP, WS) == "default"
    assert configuration.password_for(STRANGER, WS) is None
    assert configuration.password_for(None, WS) is None
    assert configuration.password_for("", WS) is None
    assert configuration.password_for(STRANGER, WS, by_hand=True) == "default"
    assert configuration.password_for(None, "wss://10.0.0.5", by_hand=True) == "default"
    assert configuration.password_for(LAMP, "serial:///dev/ttyACM0", by_hand=True) is None


def test_the_boards_own_password_goes_first(projects: Path):
    put(projects, "devices/a.yaml", f"lamp:\n  uid: {LAMP}\nrobot:\n  uid: {ROBOT}\n")
    own = {"lamp": "name", ROBOT: "uid", "robot": "not this", WS: "address"}
    put(projects, "libs/secrets.py", f"webrepl_pwd = 'default'\nwebrepl_pwds = {own!r}\n")
    environ = {"IOT_PROJECTS": str(projects), PASSWORD_VARIABLE: "environment"}
    configuration = Configuration.from_environment(environ)
    assert configuration.password_for(LAMP, WS) == "name"
    assert configuration.password_for(ROBOT, WS) == "uid"
    assert configuration.password_for(None, "ws://10.0.0.5", by_hand=True) == "address"
    assert configuration.password_for(None, "ws://other", by_hand=True) == "environment"
    environ[PASSWORD_VARIABLE] = ""
    assert configuration.password_for(None, "ws://other", by_hand=True) == "default"


def explained(configuration: Configuration, url: str, uid: str = "") -> str:
    error = ConnectError(url, ConnectReason.AUTH, "refused")
    return str(configuration.explained(error, uid, by_hand=True))


def test_the_source_of_a_password_is_named_and_the_password_is_not(projects: Path):
    put(projects, "devices/a.yaml", f"lamp:\n  uid: {LAMP}\nrobot:\n  uid: {ROBOT}\n")
    own = {"lamp": "hunter2", ROBOT: "hunter3", WS: "hunter4"}
    file = put(projects, "libs/secrets.py", f"webrepl_pwd = 'hunter5'\nwebrepl_pwds = {own!r}\n")
    environ = {"IOT_PROJECTS": str(projects), PASSWORD_VARIABLE: "hunter6"}
    configuration = Configuration.from_environment(environ)
    assert explained(configuration, WS, LAMP) == f"{WS}: refused; it came from webrepl_pwds['lamp'] in {file}"
    assert explained(configuration, WS, ROBOT).endswith(f"; it came from webrepl_pwds['{ROBOT}'] in {file}")
    assert explained(configuration, WS).endswith(f"; it came from webrepl_pwds['{WS}'] in {file}")
    assert explained(configuration, "ws://b") == f"ws://b: refused; it came from {PASSWORD_VARIABLE}"
    environ[PASSWORD_VARIABLE] = ""
    assert explained(configuration, "ws://b").endswith(f"; it came from webrepl_pwd in {file}")


def test_no_password_anywhere_is_none(projects: Path, configuration: Configuration):
    assert configuration.password_for(None, WS, by_hand=True) is None
    file = configuration.places.secrets
    what = f"put webrepl_pwd = '...' into {file}, or set {PASSWORD_VARIABLE}"
    assert explained(configuration, WS) == f"{WS}: refused; {what}"
    assert explained(configuration, "ssh://pi/dev/ttyACM0") == "ssh://pi/dev/ttyACM0: refused"


def test_only_a_refused_password_is_explained_and_only_where_it_can_be(
    projects: Path, configuration: Configuration
):
    lost = ConnectError(WS, ConnectReason.TIMEOUT, "no answer")
    assert configuration.explained(lost, LAMP, by_hand=True) is lost
    put(projects, "libs/secrets.py", "webrepl_pwd = \n")
    assert explained(configuration, WS) == f"{WS}: refused"


def test_a_broken_secrets_file_is_an_error_only_where_a_password_is_needed(
    projects: Path, configuration: Configuration
):
    put(projects, "libs/secrets.py", "webrepl_pwd = \n")
    assert configuration.devices() == []
    assert configuration.password_for(None, "serial:///dev/ttyACM0", by_hand=True) is None
    with pytest.raises(ConfigError, match="line 1"):
        configuration.password_for(None, WS, by_hand=True)


@each(
    ("value", "address"),
    [("", ""), (" ", ""), ("off", None), ("127.0.0.1", "127.0.0.1"), (" 10.0.0.5 ", "10.0.0.5")],
)
def test_where_to_listen(value: str, address: str | None):
    assert Configuration.from_environment({LISTEN_VARIABLE: value}).listen_address() == address
    assert Configuration.from_environment({}).listen_address() == ""


@each("value", ["on", "::1", "localhost", "\x1b"])
def test_where_to_listen_is_an_address(value: str):
    with pytest.raises(ConfigError, match="IOT_LISTEN: expected 'off' or the IPv4 address"):
        Configuration.from_environment({LISTEN_VARIABLE: value}).listen_address()


def test_a_note_is_given_once(projects: Path, configuration: Configuration):
    file = put(projects, "libs/secrets.py", "")
    assert configuration.take_notes() == []
    file.chmod(0o644)
    (note,) = configuration.take_notes()
    assert "chmod 600" in note
    assert configuration.take_notes() == []


def test_broken_device_files_are_noted_for_as_long_as_they_are(projects: Path, configuration: Configuration):
    file = put(projects, "devices/a.yaml", "lamp: [\n")
    for _ in range(2):
        (note,) = configuration.take_notes()
        assert note.startswith(f"{file}, line ")
    file.unlink()
    assert configuration.take_notes() == []


def test_passwords_do_not_show_in_a_repr(projects: Path):
    configuration = Configuration.from_environment(
        {"IOT_PROJECTS": str(projects), PASSWORD_VARIABLE: "hunter2"}
    )
    assert "hunter2" not in repr(configuration)
    assert str(projects) in repr(configuration)


def test_the_constructor_touches_nothing(tmp_path: Path):
    Configuration.from_environment({"IOT_PROJECTS": str(tmp_path / "none")})
    assert list(tmp_path.iterdir()) == []
