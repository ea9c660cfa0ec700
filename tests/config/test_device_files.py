from pathlib import Path

import pytest

from iot_kernel.config.device_files import DEFAULT_EXCLUDE, board_directory, read_device_file
from iot_kernel.errors import ConfigError
from tests.each import each

PROJECTS = Path("/p")
UID = "30:ae:a4:30:84:34"


def read(tmp_path: Path, text: str):
    file = tmp_path / "boards.yaml"
    file.write_text(text, encoding="utf-8")
    return read_device_file(file, lambda path: PROJECTS / path)


def test_a_name_and_a_uid_are_enough(tmp_path: Path):
    (device,) = read(tmp_path, f"\nlamp:\n  uid: {UID}\n")
    assert (device.name, device.uid, device.line) == ("lamp", UID, 2)
    assert device.file == tmp_path / "boards.yaml"
    assert (device.install_dir, device.resources) == ("/", ())
    assert device.exclude_patterns == DEFAULT_EXCLUDE


@pytest.mark.parametrize(
    ("written", "uid"),
    [
        ("24:10:03:12:45:12", "24:10:03:12:45:12"),
        ("30:AE:A4:30:84:34 ", UID),
        ('"30:ae:a4:30:84:34 "', UID),
        ("e6614c311b7e6f35", "e6:61:4c:31:1b:7e:6f:35"),
        ("12345678", "12:34:56:78"),
        ("0e123456", "0e:12:34:56"),
    ],
)
def test_uids_are_text_whatever_yaml_thinks(tmp_path: Path, written: str, uid: str):
    assert read(tmp_path, f"lamp:\n  uid: {written}\n")[0].uid == uid


def test_the_example_of_the_original_manual(tmp_path: Path):
    (device,) = read(
        tmp_path,
        """
robot-stm:
    uid: 2d:00:49:00:09:50:52:42:4e:30:39:20
    install-dir: /spi/lib
    include-patterns:
        - "./**/*.py"
        - "./**/*.mpy"
        - "./**/"
    exclude-patterns:
        - "boot_out.txt"
        - "/data"
    path: sub
    resources:
        - pystone.py: /flash
        - copy.py
        - abc.py:
        - boot:
            path: my_project/code
            unpack: true
            install-dir: flash/
            include-patterns: "./**/*.py"
        - boot:
            path: /abs
            unpack: false
            exclude-patterns: []
""",
    )
    assert [(r.name, str(r.source), r.install_dir, r.unpack) for r in device.resources] == [
        ("pystone.py", "/p/sub/pystone.py", "/flash", None),
        ("copy.py", "/p/sub/copy.py", "/spi/lib", None),
        ("abc.py", "/p/sub/abc.py", "/spi/lib", None),
        ("boot", "/p/my_project/code/boot", "/flash", True),
        ("boot", "/abs/boot", "/spi/lib", False),
    ]
    assert [r.include_patterns == ("./**/*.py",) for r in device.resources] == [
        False,
        False,
        False,
        True,
        False,
    ]
    assert [r.exclude_patterns for r in device.resources[-2:]] == [("boot_out.txt", "/data"), ()]
    assert [r.line for r in device.resources] == [14, 15, 16, 17, 22]


def test_modules_are_compiled_where_it_says_so(tmp_path: Path):
    text = f"a:\n  uid: {UID}\n  mpy: yes\n  resources:\n    - b\n    - c: {{mpy: false}}\n    - d: /lib\n"
    (device,) = read(tmp_path, text)
    assert [resource.mpy for resource in device.resources] == [True, False, True]


def test_keys_without_a_value_are_as_if_not_there(tmp_path: Path):
    (device,) = read(tmp_path, f"lamp:\n  uid: {UID}\n  path:\n  resources:\n  exclude-patterns:\n")
    assert (device.resources, device.exclude_patterns) == ((), DEFAULT_EXCLUDE)


def test_settings_can_be_shared_by_merging(tmp_path: Path):
    text = f"a: &a\n  uid: {UID}\n  install-dir: /flash\nb:\n  <<: *a\n  uid: 00:00:00:00:00:01\n"
    assert [(d.uid, d.install_dir) for d in read(tmp_path, text)] == [
        (UID, "/flash"),
        ("00:00:00:00:00:01", "/flash"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("- lamp\n", 1, "expected device names with a colon behind, found a list"),
        ("lamp\n", 1, "expected device names with a colon behind, found 'lamp'"),
        ("lamp:\n", 1, "device 'lamp' has no uid"),
        ("lamp:\n  path: x\n", 1, "device 'lamp' has no uid"),
        ("lamp:\n  uid:\n", 1, "device 'lamp' has no uid"),
        ("lamp: x\n", 1, "expected the settings of 'lamp' with a colon behind, found 'x'"),
        ("lamp:\n  uid: lamp\n", 2, "a uid is hexadecimal bytes joined by colons"),
        ("lamp:\n  uid: [1]\n", 2, "expected text as the value of uid, found a list"),
        (f"lamp:\n  uid: {UID}\n  uid: {UID}\n", 3, "'uid' stands here twice (first in line 2)"),
        (
            f"lamp: {{uid: {UID}}}\nlamp: {{uid: {UID}}}\n".replace(UID, f"'{UID}'"),
            2,
            "'lamp' stands here twice",
        ),
        (
            f"lamp:\n  uid: {UID}\n  colour: red\n",
            3,
            "unknown key 'colour'; known are uid, path, install-dir,",
        ),
        (f"lamp:\n  uid: {UID}\n  libs: []\n", 3, "unknown key 'libs'; it is called 'path'"),
        (f"lamp:\n  uid: {UID}\n  webrepl-password: hunter2\n", 3, "passwords stand in the secrets file"),
        (
            f"lamp:\n  uid: {UID}\n  resources: x.py\n",
            3,
            "expected a list (lines that start with '- ') for resources",
        ),
        (
            f"lamp:\n  uid: {UID}\n  resources:\n    - [x]\n",
            4,
            "expected a resource's name with a colon behind",
        ),
        (f"lamp:\n  uid: {UID}\n  resources:\n    - a: /x\n      b: /y\n", 4, "is one file or directory"),
        (
            f"lamp:\n  uid: {UID}\n  resources:\n    - a:\n        uid: x\n",
            5,
            "unknown key 'uid'; known are path,",
        ),
        (f"lamp:\n  uid: {UID}\n  resources:\n    - a: [x]\n", 4, "expected the settings of 'a'"),
        (
            f"lamp:\n  uid: {UID}\n  resources:\n    - a: {{unpack: 7}}\n",
            4,
            "expected true or false for unpack",
        ),
        (f"lamp:\n  uid: {UID}\n  resources:\n    -\n", 4, "expected text as the value of a resource's name"),
        (f"lamp:\n  uid: {UID}\n  resources: ['../x']\n", 3, "a resource is named relative to 'path'"),
        (f"lamp:\n  uid: {UID}\n  resources: [/etc/x]\n", 3, "a resource is named relative to 'path'"),
        (f"lamp:\n  uid: {UID}\n  resources: [.]\n", 3, "a resource is named relative to 'path'"),
        (f"lamp:\n  uid: {UID}\n  install-dir: [x]\n", 3, "expected text as the value of install-dir"),
        (
            f"lamp:\n  uid: {UID}\n  install-dir: ../..\n",
            3,
            "'../..': a directory on the board is named without",
        ),
        (
            f"lamp:\n  uid: {UID}\n  resources:\n    - a: /lib/../x\n",
            4,
            "'/lib/../x': a directory on the board",
        ),
        (
            f"lamp:\n  uid: {UID}\n  resources:\n    - a:\n        install-dir: ..\n",
            5,
            "'..': a directory on the board is named without",
        ),
        (f"'ws://x':\n  uid: {UID}\n", 1, "looks like an address or a uid"),
        (f"'{UID}':\n  uid: {UID}\n", 1, "looks like an address or a uid"),
        (f"-v:\n  uid: {UID}\n", 1, "looks like an option"),
        (f"'':\n  uid: {UID}\n", 1, "cannot be the name of a device"),
        (f"' lamp':\n  uid: {UID}\n", 1, "cannot be the name of a device"),
        (f'"la\\emp":\n  uid: {UID}\n', 1, "'la?mp' cannot be the name of a device"),
        ("? [a]\n: x\n", 1, "expected text as the value of a key"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, line: int, problem: str):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert problem in caught.value.problem
    assert caught.value.line == line
    assert caught.value.path == str(tmp_path / "boards.yaml")
    assert "hunter2" not in str(caught.value)


@each(
    ("text", "directory"),
    [
        ("/", "/"),
        ("", "/"),
        ("lib", "/lib"),
        ("lib/", "/lib"),
        ("/a//b/", "/a/b"),
        ("/../x", "/x"),
        ("//x", "/x"),
    ],
)
def test_directories_on_the_board_are_absolute(text: str, directory: str):
    assert board_directory(text) == directory


@each(
    "text",
    [
        "resources: ['lib\\\\tool.py']",
        "install-dir: \\\\lib",
        "include-patterns: '**\\\\*.py'",
        "exclude-patterns: ['a', 'data\\\\']",
    ],
)
def test_paths_have_slashes_on_windows_too(tmp_path: Path, text: str):
    with pytest.raises(ConfigError, match="with slashes, also on Windows") as caught:
        read(tmp_path, f"lamp:\n  uid: {UID}\n  {text}\n".replace("\\\\", "\\"))
    assert caught.value.line == 3


def test_a_resource_is_on_no_drive(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"'c:/tool\.py': a resource is named relative to 'path'"):
        read(tmp_path, f"lamp:\n  uid: {UID}\n  resources: ['c:/tool.py']\n")
