"""Which argument is being typed."""

from iot_kernel.magics import build_registry
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.typed_argument import LONGEST_ARGUMENTS, typed_argument, typed_in_shell
from tests.each import each

MAGICS = build_registry()


def typed(line):
    title, _, arguments = line.partition(" ")
    return typed_argument(MAGICS.find(title).arguments, arguments)


@each(
    ("line", "takes", "value", "start"),
    [
        ("%connect ", Takes.BOARD, "", 0),
        ("%connect te", Takes.BOARD, "te", 0),
        ("%connect test ", Takes.CONNECTION, "", 5),
        ("%connect test ws se", Takes.CONNECTION, "se", 8),
        ("%connect -q te", Takes.BOARD, "te", 3),
        ("%%connect a b", Takes.BOARD, "b", 2),
        ("%cp a b c", Takes.EITHER_PATH, "c", 4),
        ("%cp -- -r", Takes.EITHER_PATH, "-r", 3),
        ("%cat -", None, "-", 0),
        ("%upip install -t ", Takes.TARGET_DIRECTORY, "", 11),
        ("%upip install -t lib um", Takes.PACKAGE, "um", 15),
        ("%upip install --target=li", Takes.TARGET_DIRECTORY, "li", 17),
        ("%upip install --target=lib um", Takes.PACKAGE, "um", 21),
        ("%upip install -U um", Takes.PACKAGE, "um", 11),
        ("%pip install -r a -r b", Takes.HOST_PATH, "b", 16),
        ("%store a b", Takes.BOARD_VARIABLE, "b", 2),
        ("%store -r a b", Takes.STORED_VARIABLE, "b", 5),
        ("%store -d ", Takes.STORED_VARIABLE, "", 3),
        ("%%ssh -ptest h", None, "h", 7),
        ("%softreset ", None, "", 0),
        ("%rlist / x", None, "x", 2),
    ],
)
def test_what_may_stand_there(line, takes, value, start):
    found = typed(line)
    assert found.takes == (() if takes is None else (takes,))
    assert (found.value, found.start) == (value, start)


@each(
    ("line", "options"),
    [
        ("%cp -", ("-r", "--recursive", "-h", "--help")),
        ("%cp -r -", ("-h", "--help")),
        ("%cp --rec", ("-r", "--recursive", "-h", "--help")),
        ("%cp a", ()),
        ("%cp ", ()),
        ("%cp -- -", ()),
        ("%softreset ", ("-q", "--quiet", "--on", "-h", "--help")),
        ("%softreset x", ()),
        ("%rm -rf -", ("-h", "--help")),
        ("%pip install -r a -", ("-t", "--target", "-r", "--requirement", "-h", "--help")),
        ("%rdiff -", ("-u", "--upload_only", "--on", "-h", "--help")),
    ],
)
def test_options_that_are_left(line, options):
    assert typed(line).options == options


def test_words():
    assert typed("%upip ").takes == ("install",)
    assert typed("%target ").takes == ("board", "host")
    assert "DEBUG" in typed("%loglevel iot_kernel ").takes


def test_an_option_with_several_values_goes_on():
    for line, value, before in (
        ("%info --on ", "", ()),
        ("%info -v --on le", "le", ()),
        ("%rlist / --on left ri", "ri", ("left",)),
        ("%info --on left -v --on ri", "ri", ()),
    ):
        found = typed(line)
        assert (found.takes, found.value, found.before) == ((Takes.BOARD, "all"), value, before)
    assert typed("%info --on left -").options == ("-v", "--verbose", "-h", "--help")


def test_nothing_is_typed_in_comments_and_in_data():
    assert typed("%cp a # b") is None
    assert typed("%cp " + "a" * LONGEST_ARGUMENTS + " ") is None


def test_a_line_for_a_shell():
    declared = MAGICS.find("!").arguments
    assert typed_in_shell(declared, "ls") is None
    assert typed_in_shell(declared, "ls -l da").value == "da"
    assert typed_in_shell(declared, "ls -").options == ()


#: Arguments for which there is nothing to choose from.
NEW_OR_ELSEWHERE = {
    "%debug": {"code"},
    "%deploy": {"-t"},
    "%explain": {"words"},
    "%hardreset": {"-t"},
    "%pipes": {"--as"},
    "%setup": {"numbers"},
    "%time": {"code"},
    "%timeit": {"-n", "-r", "-p", "code"},
    "%%timeit": {"-n", "-r", "-p", "setup"},
    "%%capture": {"output"},
    "%%connect": {"--out"},
    "%%profile": {"modules"},
    "%upip": {"--index"},
    "%%ssh": {"-p", "--password", "-s", "host", "--out", "--err"},
    "%%service": {"-u", "-s", "--out", "--err"},
    "%%bash": {"--out", "--err"},
}


def test_each_argument_says_what_it_takes():
    silent = {}
    for magic in [*MAGICS.lines(), *MAGICS.cells()]:
        found = {
            one.flags[0]
            for one in magic.arguments
            if one.has_value and not one.takes and "SUPPRESS" not in one.options.get("help", "")
        }
        if found:
            silent[magic.title] = found
    assert silent == NEW_OR_ELSEWHERE
