"""What a board's file system says becomes Python's own exceptions, by number."""

import errno

from iot_kernel.files.errnos import board_error, error_name
from tests.each import each


@each(
    ("number", "platform", "kind", "code"),
    [
        (2, "esp32", FileNotFoundError, errno.ENOENT),
        (44, "webassembly", FileNotFoundError, errno.ENOENT),
        ("file not found", "microbit", FileNotFoundError, errno.ENOENT),
        ("ENOTDIR", "webassembly", NotADirectoryError, errno.ENOTDIR),
        (13, "rp2", PermissionError, errno.EACCES),
        (17, "rp2", FileExistsError, errno.EEXIST),
        (20, "webassembly", FileExistsError, errno.EEXIST),
        (20, "rp2", NotADirectoryError, errno.ENOTDIR),
        (21, "", IsADirectoryError, errno.EISDIR),
        (28, "", OSError, errno.ENOSPC),
        (30, "RP2040", PermissionError, errno.EROFS),
        (39, "linux", OSError, errno.ENOTEMPTY),
        (66, "darwin", OSError, errno.ENOTEMPTY),
        (63, "darwin", OSError, errno.ENAMETOOLONG),
        (90, "esp32", OSError, errno.ENOTEMPTY),
        ("no more storage space", "microbit", OSError, errno.ENOSPC),
    ],
)
def test_by_number(number, platform, kind, code):
    error = board_error(number, "/x", platform)
    assert isinstance(error, kind)
    assert error.errno == code
    assert error.filename == ":/x"


def test_a_read_only_file_system_says_what_to_do():
    text = str(board_error(30, "/main.py"))
    assert "eject CIRCUITPY" in text
    assert "storage.remount('/', readonly=False)" in text


def test_errors_without_a_name():
    assert str(board_error(12345, "/x")).endswith("the board's file system says error 12345: ':/x'")
    assert str(board_error("odd", "/x")).endswith("the board's file system says 'odd': ':/x'")
    assert board_error(None, "/x").errno == errno.EIO
    assert len(str(board_error("x" * 10_000, "/x"))) < 200


@each(
    ("number", "platform", "name"),
    [
        (110, "rp2", "ETIMEDOUT"),
        (116, "esp32", "ETIMEDOUT"),
        (113, "rp2", "EHOSTUNREACH"),
        (113, "esp32", "ECONNABORTED"),
        (98, "", "EADDRINUSE"),
        (48, "darwin", "EADDRINUSE"),
        (112, "esp32", "EADDRINUSE"),
        (48, "webassembly", "ENOMEM"),
        ("ENOENT", "", "ENOENT"),
        ("file not found", "microbit", "ENOENT"),
        (0, "", ""),
        (-2, "", ""),
        ("words", "", ""),
    ],
)
def test_names(number, platform, name):
    assert error_name(number, platform) == name
