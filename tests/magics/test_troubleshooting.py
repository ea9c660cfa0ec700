"""The page of troubleshooting: each text of an error leads to a section, and each section to such texts."""

import re
from collections import Counter
from functools import cache

from iot_kernel import errors
from iot_kernel.boards.errors import AmbiguousDeviceError
from iot_kernel.magics.troubleshooting import LONGEST, PAGE, find_section, fits, sections, shown_text
from tests.each import each
from tests.error_texts import PARSED, USAGE, all_literals, all_texts, bases
from tests.test_errors import drawn

#: Errors that nobody sees as they are: code of ours catches them, or they end something in good order.
INTERNAL = {"BlockingIOError", "DamagedError", "EOFError", "FrameError", "MessageError", "_BusyError"}

#: Where errors are caught and told in other words, or stand for what only other code of ours sees.
INSIDE = re.compile(
    r"iot_kernel\.(protocol|displays|discovery\.broadcast|debugging\.(instrumentation|frontend)|values\.arrays"
    r"|device\.last_expression|syntax|analysis|magics\.magic|subkernel\.ipykernel_internals|sync\.patterns"
    r"|virtual_board\.(options|wire))\b"
)

#: Texts that only go on with another one, which leads somewhere, or stand in the middle of it.
PARTS = (
    "another kernel, mpremote, a serial monitor",
    "no password prompt",
    "stopping the code",
    "the program that serves the serial port",
    "…: change the password of …",
    "it does not let itself be interrupted. ",
    *(
        "; use the secrets file",
        ", and ssh logs in by keys",
        "… (read it sooner, or write less on the board)",
    ),
    *(
        "%hardreset switches it off and on",
        "Only its reset button helps",
        "a virtual board; any other one has to",
    ),
    *(
        "try %softreset, then %hardreset",
        "'ssh-copy-id",
        "'ssh-add'",
        "ssh -t …",
        "SSL_CERT_FILE names a file",
    ),
    *("… (…, group '…'): ask", "…: ask its administrator", "…, the group '…' has: run"),
    *("^ucore (?P<", "no ports found", r"\b[A-Za-z]*Error\("),
)

#: What stands before and behind a text that is a part of what is shown.
BEFORE = ("", "x: ", "x ", "x: x ")
BEHIND = ("", ": x", "; x", " x")

#: Not enough for an error that has many causes: its text has to lead somewhere.
TOO_VAGUE = {f"{name}Error: …" for name in ("Connect", "OS", "Type", "Value", "Index", "Key")}

#: What others say: boards (Python's own errors, with texts of the firmware), Jupyter and pip; and an error
#: that has no class, for a kernel that cannot load any.
OF_OTHERS = re.compile(
    r"(OS|Import|ModuleNotFound|Syntax|Indentation|Name|Attribute|Type|Value|Index|Key|ZeroDivision|Overflow"
    r"|Assertion|EOF|Runtime|Memory|BrokenInstallation)Error:( …)?"
    r"|KeyboardInterrupt:"
    r"|.*No ?[Ss]uch ?[Kk]ernel.*|.*No matching distribution.*"
)


@cache
def patterns():
    """Each text of the page: the class of the error, the rest, and a part that the source must have."""
    found = []
    for section in sections():
        for pattern in section.texts:
            head, colon, rest = pattern.partition(": ")
            ename, rest = (head, rest) if colon and head in {*bases(), "error"} else ("", pattern)
            longest = max(rest.split("…"), key=len).strip(" :;")
            found.append((pattern, ename, rest, longest, section))
    return found


def leads_to(enames, text):
    """The texts of the page that fit a text of the source."""
    text = " ".join(text.split())
    before = ("%x: error: ",) if enames == (PARSED,) else BEFORE
    parts = [f"{each}{text}{behind}" for each in before for behind in BEHIND]
    return [
        pattern
        for pattern, ename, rest, longest, _ in patterns()
        if (ename in enames if rest == "…" else not enames or not ename or ename in enames)
        and (longest in text or enames == (PARSED,))
        and any(fits(rest, part) for part in parts)
    ]


@cache
def told():
    """What users can meet."""
    return [
        each
        for each in all_texts()
        if not INSIDE.match(each.place)
        and not (each.enames and set(each.enames) <= INTERNAL)
        and not each.text.startswith(PARTS)
    ]


def test_each_text_of_an_error_leads_to_a_section():
    lost = [
        f"{each.place} {'/'.join(each.enames)}: {each.text}"
        for each in told()
        if not set(leads_to(each.enames, each.text)) - TOO_VAGUE
    ]
    assert len(told()) > 400
    assert sorted(lost) == []


def test_the_exceptions_are_there():
    texts = [each.text for each in all_texts()]
    assert [part for part in PARTS if not any(text.startswith(part) for text in texts)] == []


def test_each_class_of_errors_leads_to_a_section():
    """But for those that are never shown by their name, and the bases of others."""
    classes = set(drawn()) - {USAGE, "HostError", "DeviceError", "TransportError", "ProtocolError"}
    known = {ename for _, ename, _, _, _ in patterns()}
    assert sorted(classes - known) == []


def test_each_section_has_texts_that_lead_there():
    met = {pattern for each in told() for pattern in leads_to(each.enames, each.text)}
    literals = [text for text in all_literals() if " " in text]
    stale = []
    for pattern, ename, rest, _, section in patterns():
        is_class = ename in bases() and rest == "…"
        if pattern in met or is_class or OF_OTHERS.fullmatch(pattern):
            continue
        piece = max(re.split("[…:;,(]", rest), key=len).strip()  # texts are put together of several
        if not any(piece in text for text in literals):
            stale.append(f"{section.anchor}: {pattern}")
    assert stale == []


def test_the_page_is_read_whole():
    page = PAGE.read_text(encoding="utf-8")
    anchors = [section.anchor for section in sections()]
    assert len(anchors) == page.count("\n### ") == len(re.findall(r"^\(.*\)=$", page, re.MULTILINE))
    assert [anchor for anchor, count in Counter(anchors).items() if count > 1] == []
    texts = [text for section in sections() for text in section.texts]
    assert [text for text, count in Counter(texts).items() if count > 1] == []
    assert all(section.body and "](" not in section.markdown for section in sections())


@each(
    ("ename", "evalue", "anchor"),
    [
        ("NotConnectedError", str(errors.NotConnectedError()), "no-board-connected"),
        ("UsageError", "%cp: error: unrecognized arguments: x", "usage"),
        ("UsageError", "Line magic %x not defined; %lsmagic lists all", "usage"),
        ("FileNotFoundError", "[Errno 2] no such file or directory on the board: ':x'", "no-such-file"),
        ("OSError", "[Errno 28] no space left on the board: ':x'", "no-space"),
        ("OSError", "[Errno 5] EIO", "code-fails"),
        ("NameError", "name 'x' isn't defined", "code-fails"),
        ("ZeroDivisionError", "divide by zero", "code-fails"),
        ("ModuleNotFoundError", "No module named 'pandas'", "code-fails"),
        ("KeyboardInterrupt", "", "stopped"),
        ("KeyboardInterrupt", "while waiting for the board", "still-busy"),
        ("TypeError", "unsupported types for __add__: 'int', 'str'", "code-fails"),
        ("ValueError", "how much? give n (samples), seconds, or both", "pipe-arguments"),
        ("MemoryError", "memory allocation failed, allocating 4096 bytes", "no-memory"),
        ("MemoryError", "", "no-memory"),
        ("PackageError", "x: what nobody has thought of", "package-broken"),
        ("TimeoutError", "no samples from pipe adc: none came in 5 s", "no-samples"),
        ("DeviceTimeoutError", str(errors.DeviceTimeoutError("x", 1)), "no-answer"),
        ("DeviceStuckError", str(errors.DeviceStuckError(5)), "does-not-stop"),
        ("ConnectError", "serial:///dev/x: there is no such serial port; there are /dev/y", "no-such-port"),
        ("ConnectError", "serial://COM3: an error that the system made up", "cannot-connect"),
        ("AmbiguousDeviceError", str(AmbiguousDeviceError("", {"a": "b"})), "several-boards"),
    ],
)
def test_errors_lead_where_help_is(ename, evalue, anchor):
    assert find_section(shown_text(ename, evalue)).anchor == anchor


def test_what_is_no_error_of_ours_leads_nowhere():
    assert find_section("OvenError: too hot") is None
    assert find_section("") is None


@each(
    ("pattern", "text", "is_one"),
    [
        ("a", "a", True),
        ("a", "ab", False),
        ("a…", "ab", True),
        ("…a", "ba", True),
        ("a…b…c", "axbyc", True),
        ("a…b…c", "axcyb", False),
        ("ab…bc", "abc", False),
        ("…", "", True),
    ],
)
def test_what_a_pattern_means(pattern, text, is_one):
    assert fits(pattern, text) is is_one


def test_long_texts_are_compared_by_their_beginning():
    text = "ConnectError: x: the port is in use by another program (mpremote): close it there"
    assert find_section(f"DeployError: rehearsal: {'x' * 10 * LONGEST}").anchor == "deploy-failed"
    assert find_section(text.replace(" ", "\n")).anchor == "port-in-use"
