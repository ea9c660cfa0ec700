"""From an error to one line of advice: the table, and messages of real firmware."""

import re

from iot_kernel.device.memory import MemoryLeft
from iot_kernel.device.traceback import device_error
from iot_kernel.kernel import advice
from iot_kernel.kernel.advice import Failure, lacks_name, missing_module
from iot_kernel.magics import build_registry
from tests.circuitpython_board import RECORDINGS, Recording
from tests.each import each


def told(ename, evalue, source="", platform="", implementation="micropython", **more):
    return advice.advice(Failure(ename, evalue, source, platform, implementation, **more))


@each(
    ("evalue", "platform", "begins"),
    [
        ("[Errno 2] ENOENT", "rp2", "ENOENT: the board has no such file"),
        ("[Errno 2] ENOENT: x.txt", "linux", "ENOENT: the board has no such file"),
        ("2", "esp8266", "ENOENT: the board has no such file"),
        ("44", "webassembly", "ENOENT: the board has no such file"),
        ("file not found", "microbit", "ENOENT: the board has no such file"),
        ("no more storage space", "microbit", "ENOSPC: the board's disk is full"),
        ("28", "linux", "ENOSPC: the board's disk is full"),
        ("[Errno 13] EACCES", "rp2", "EACCES: the board refuses"),
        ("[Errno 17] EEXIST", "rp2", "EEXIST: the board has a file"),
        ("[Errno 21] EISDIR", "rp2", "EISDIR: this is a directory"),
        ("39", "rp2", "ENOTEMPTY: the directory is not empty"),
        ("90", "esp32", "ENOTEMPTY: the directory is not empty"),
        ("[Errno 30] EROFS", "rp2", "EROFS: this file system is read-only"),
        ("[Errno 5] EIO", "rp2", "EIO: the flash or card fails; or, with I2C"),
        ("[Errno 19] ENODEV", "esp32", "ENODEV: nothing answers on the bus"),
        ("[Errno 98] EADDRINUSE", "rp2", "EADDRINUSE: an earlier socket has this port"),
        ("[Errno 112] EADDRINUSE", "esp32", "EADDRINUSE: an earlier socket has this port"),
        ("112", "esp32", "EADDRINUSE: an earlier socket has this port"),
        ("[Errno 111] ECONNREFUSED", "rp2", "ECONNREFUSED: the computer answers, and nothing listens"),
        ("[Errno 104] ECONNRESET", "rp2", "ECONNRESET: the other side has ended"),
        ("[Errno 110] ETIMEDOUT", "rp2", "ETIMEDOUT: no answer in time: is Wi-Fi connected"),
        ("[Errno 116] ETIMEDOUT", "esp32", "ETIMEDOUT: no answer in time: is Wi-Fi connected"),
        ("116", "esp32", "ETIMEDOUT: no answer in time: is Wi-Fi connected"),
        ("[Errno 113] EHOSTUNREACH", "rp2", "EHOSTUNREACH: no way leads to this address: is Wi-Fi"),
        ("118", "esp32", "EHOSTUNREACH: no way leads to this address: is Wi-Fi"),
        ("[Errno 113] ECONNABORTED", "esp32", "ECONNABORTED: the connection broke: is Wi-Fi"),
        ("-2", "rp2", "the host's name could not be found: is Wi-Fi"),
        ("-202", "esp32", "the host's name could not be found: is Wi-Fi"),
        ("(-202, 'EAI_FAIL')", "esp32", "the host's name could not be found: is Wi-Fi"),
        ("[Errno 12] ENOMEM", "esp32", "ENOMEM: too little memory is left"),
        ("Wifi Internal State Error", "esp32", "Wi-Fi is in a wrong state"),
        ("[Errno 2] ERREUR", "linux", "ENOENT: the board has no such file"),
        ("[Errno 24] EMFILE", "rp2", "EMFILE: too many files or sockets"),
    ],
)
def test_errors_of_the_system_by_name_and_cause(evalue, platform, begins):
    assert told("OSError", evalue, platform=platform).startswith(begins)


@each(
    "evalue", ["", "my words", "EAGLE has landed", "999999", "-17040", "2 words", "[Errno 115] EINPROGRESS"]
)
def test_what_nobody_knows_gets_no_advice(evalue):
    assert told("OSError", evalue, platform="rp2") in (
        "",
        told("OSError", "2") if evalue == "2 words" else "",
    )


@each(
    ("evalue", "source", "implementation", "has"),
    [
        ("[Errno 5] EIO", "i2c.readfrom(0x40, 2)", "micropython", "nothing answers on the bus"),
        ("[Errno 110] ETIMEDOUT", "data = i2c.scan()", "micropython", "nothing answers on the bus"),
        ("[Errno 19] ENODEV", "open('/sd/x')", "micropython", "nothing is mounted there"),
        ("[Errno 19] No such device", "i2c.writeto(4, b'')", "circuitpython", "nothing answers on the bus"),
        ("[Errno 5] Input/output error", "open('x')", "circuitpython", "mounted as a USB drive"),
        ("[Errno 30] Read-only filesystem", "open('x', 'w')", "circuitpython", "mounted as a USB drive"),
    ],
)
def test_the_failing_line_and_the_firmware_tell_the_cause(evalue, source, implementation, has):
    assert has in told("OSError", evalue, source, implementation=implementation)


@each("name", RECORDINGS)
def test_the_read_only_drive_of_circuitpython_in_all_languages(name):
    said = next(each for each in Recording(name).programs().values() if b"[Errno 30]" in each)
    error = device_error(said.split(b"\x04")[1])
    assert told(error.ename, error.evalue, implementation="circuitpython").startswith(
        "EROFS: the drive is read-only"
    )


@each(
    ("evalue", "source", "missing"),
    [
        ("no module named 'x'", "import x", ("x", "x")),
        ("no module named 'umqtt'", "import umqtt.simple as m", ("umqtt", "umqtt.simple")),
        ("no module named 'umqtt'", "from umqtt.simple import MQTTClient", ("umqtt", "umqtt.simple")),
        ("no module named 'umqtt.simple'", "import a, umqtt.simple  # b", ("umqtt.simple", "umqtt.simple")),
        ("no module named 'b'", "import a, b as c", ("b", "b")),
        ("no module named 'b'", "try: import b", ("b", "b")),
        ("no module named 'b'", "", ("b", "b")),
        ("no module named 'b'", "x()", ("b", "b")),
        ("Kein Modul mit dem Namen 'b'", "import b", ("b", "b")),
        ("module not found", "import b", ("b", "b")),
        ("module not found", "import a, b", ("", "")),
        ("module not found", "", ("", "")),
        ("can't import name f", "from a import f", ("", "")),
        ("cannot import name 'f'", "from a import f", ("", "")),
        ("cannot import name 'f'", "", ("", "")),
        ("Name f kann nicht importiert werden", "from a import f", ("", "")),
    ],
)
def test_missing_modules(evalue, source, missing):
    failure = Failure("ImportError", evalue, source)
    assert missing_module(failure) == missing
    assert lacks_name(failure) is (missing == ("", "") and "not found" not in evalue)
    assert missing_module(Failure("OSError", evalue, source)) == ("", "")


@each(
    ("ename", "evalue", "lacks"),
    [
        ("AttributeError", "'module' object has no attribute 'f'", True),
        ("AttributeError", "module 'tool' has no attribute 'f'", True),
        ("AttributeError", "'Motor' object has no attribute 'f'", False),
        ("NameError", "name 'module' isn't defined", False),
    ],
)
def test_names_that_a_module_lacks(ename, evalue, lacks):
    assert lacks_name(Failure(ename, evalue)) is lacks


@each(
    ("source", "evalue", "implementation", "begins"),
    [
        ("from ukernel.pipes import collect", "", "", "ukernel is for cells on this computer"),
        ("import numpy as np", "no module named 'numpy'", "", "numpy is for cells on this computer"),
        ("import producer", "no module named 'ucore'", "", "a module of the board needs ucore"),
        ("import producer", "no module named 'core'", "", ""),
        ("import kernel", "no module named 'kernel'", "", ""),
        (
            "import adafruit_x",
            "no module named 'adafruit_x'",
            "circuitpython",
            "'! circup install adafruit_x'",
        ),
        ("import adafruit_x", "no module named 'adafruit_x'", "micropython", ""),
    ],
)
@each("ename", ["ImportError", "ModuleNotFoundError"])
def test_imports(ename, source, evalue, implementation, begins):
    found = told(ename, evalue, source, implementation=implementation)
    assert found.startswith(begins)
    assert bool(found) is bool(begins)


@each(
    ("line", "hint"),
    [
        ("    %info", "%info has to start in the first column, and cannot stand inside a block"),
        (" %info -v", "%info has to start in the first column, and cannot stand inside a block"),
        ("\t%%bash", "%%bash has to start in the first column, and cannot stand inside a block"),
        ("  !ls", "! has to start in the first column, and cannot stand inside a block"),
        (
            "x = !ls",
            "a board cannot take what !ls shows; a cell that begins with %%host can, and %push copies it",
        ),
        (
            "x=! ls",
            "a board cannot take what ! shows; a cell that begins with %%host can, and %push copies it",
        ),
        ("a, b = %ls lib", "%ls only shows something, and gives no value to a variable of a board"),
        ("  x.y = %cat a", "%cat only shows something, and gives no value to a variable of a board"),
        ("y = %pull x", "%pull gives no value; '%pull NAME as OTHER' copies to another name"),
        ("y = %push x", "%push gives no value; '%push NAME as OTHER' copies to another name"),
        *[
            (line, "a ? asks IPython for help; a board knows help(a.b) and dir(a.b)")
            for line in ("a.b?", "a.b ??;", "?a.b", "??a.b", " a.b?", "?? a.b ")
        ],
    ],
)
@each("ename", ["SyntaxError", "IndentationError"])
def test_what_is_ipython_s_syntax(ename, line, hint):
    assert told(ename, "invalid syntax", line) == hint
    assert told("NameError", "invalid syntax", line) == ""


@each("line", ["x == %info", "  % 0 0)", "  != 5 5)", "'a?", "f(a?", "? ?", "x = a?", ""])
def test_other_syntax_errors_speak_for_themselves(line):
    assert told("SyntaxError", "invalid syntax", line) == ""


@each(
    ("ename", "evalue", "marked"),
    [
        ("SyntaxError", "invalid syntax", True),
        ("NameError", "name '\ufeff' isn't defined", False),
        ("NameError", "name '\ufeffx' is not defined", False),
    ],
)
def test_a_byte_order_mark(ename, evalue, marked):
    assert told(ename, evalue, is_marked=marked).startswith(
        "the file begins with a byte order mark (BOM, U+FEFF)"
    )


@each(
    ("free", "largest", "text"),
    [
        (6464, 3248, "6.3 KB are free now, 3.2 KB of it in one piece; "),
        (6464, None, "6.3 KB are free now; "),
        (6464, 6464, "6.3 KB are free now; "),
        (6464, 1 << 31, "6.3 KB are free now; "),
    ],
)
def test_memory(free, largest, text):
    assert advice.memory(MemoryLeft(free, largest)).startswith(text)


def test_a_module_that_was_replaced():
    assert advice.replaced_module("tool", has_list=True).endswith(
        ": %softreset, or del sys.modules['tool'] and import it again"
    )
    assert advice.replaced_module("tool", has_list=False).endswith(": %softreset")


def test_every_advice_is_a_line_and_names_magics_that_there_are():
    from iot_kernel.magics import build_registry

    known = set(build_registry().titles)
    for _, _, _, text in advice.CAUSES:
        assert len(text) < 240
        assert text.isprintable()
        assert set(re.findall(r"%%?[a-z]+", text)) <= known


@each(
    "evalue",
    [
        "\0",
        "'" * 1000,
        "[Errno " + "9" * 5000,
        "E" * 5000,
        "no module named '" + "a." * 3000 + "'",
        "\x1b[31m",
    ],
)
@each("ename", ["OSError", "ImportError", "SyntaxError", "AttributeError", ""])
def test_whatever_a_board_says(ename, evalue):
    text = told(ename, evalue, evalue, evalue, evalue)
    assert len(text) < 300
    missing_module(Failure(ename, evalue, evalue))


@each(
    ("ename", "line", "said"),
    [
        ("NameError", "ls", "a magic begins with %: %ls"),
        ("NameError", "ls -a", "a magic begins with %: %ls"),
        ("SyntaxError", "connect pico", "a magic begins with %: %connect"),
        ("SyntaxError", "cat /main.py", "a magic begins with %: %cat"),
        ("SyntaxError", "cp main.py :", "a magic begins with %: %cp"),
        ("SyntaxError", "pip install foo", "'%upip install NAME' installs a package on the board"),
        ("NameError", "lsx", ""),
        ("NameError", "ls()", ""),
        ("NameError", "ls.append(1)", ""),
        ("NameError", "ls = ls", ""),
        ("NameError", "info - 1", ""),
        ("NameError", "info * 2", ""),
        ("NameError", "cat in cats", ""),
        ("NameError", "    ls", ""),
        ("SyntaxError", "info == 3 3", ""),
        ("SyntaxError", "rm, cp = 1 2", ""),
    ],
)
def test_magics_without_percent(ename, line, said):
    assert told(ename, "name 'x' isn't defined", line) == said


def test_words_of_a_shell_are_magics():
    assert set(advice.SHELL_WORDS) <= {magic.name for magic in build_registry().lines()}
