"""The registry of all magics, against the seed's listing and help."""

from pathlib import Path

import pytest

from iot_kernel import magics
from iot_kernel.errors import UsageError
from iot_kernel.magics import SUBJECTS, build_registry
from iot_kernel.magics.arguments import Split
from iot_kernel.magics.settings import listing
from iot_kernel.magics.tables import as_text
from tests.each import each
from tests.magics.context import RecordingContext

# The listing of the first IoT Kernel, letter for letter.
SEED = """\
Line Magic:    -h shows help (e.g. %discover -h)
  %cat         Output contents of file stored on microcontroller
  %cd          Change current working directory on host
  %connect     Connect to device by name, uid, or url
  %cp          Copy files between host and microcontroller
  %discover    Discover available devices
  %gettime     Query microcontroller time
  %hardreset   Reset microcontroller by calling 'machine.reset()'. \n\
  %info        Summary about connected device
  %loglevel    Set logging level.
  %lsmagic     List all magic functions
  %mkdirs      Create all directories on the microcontroller, as needed (similar to Linux mkdir -p)
  %name        Print the name of the currently connected device
  %pip         Install packages from PyPi
  %rdiff       Show differences between microcontroller and host directories
  %register    Register device
  %rlist       List files on microcontroller
  %rm          Remove files on microcontroller
  %rsync       Synchronize microcontroller to host directories
  %softreset   Reset microcontroller.
  %store       Copy variables between microcontroller and storage
  %synctime    Synchronize microcontroller time to host
  %uid         Print the uid of the currently connected device
  %unregister  Unregister device
  %upip        Install MicroPython packages
  !            Pass line to bash shell for evaluation

Cell Magic:    -h shows help (e.g. %%connect -h)
  %%bash       Pass cell to bash shell for evaluation
  %%connect    Generalization of %connect to run code on several devices sequentially
  %%service    Send code to bash in named container for execution
  %%ssh        Pass cell body to ssh.
  %%writefile  Write cell contents to file
"""

DISCOVER_HELP = """\
usage: %discover [-h] [-a] [-v]

Discover available devices

optional arguments:
  -h, --help     show this help message and exit
  -a, --all      list all devices connected to USB ports
  -v, --verbose  show uid
"""

MAGICS = build_registry()
EVERY = [*MAGICS.lines(), *MAGICS.cells()]


def test_every_module_with_magics_is_known():
    modules = {path.stem: path.read_text() for path in Path(magics.__file__).parent.glob("*.py")}
    assert sorted(SUBJECTS) == sorted(
        name for name, text in modules.items() if "\n@line_magic(" in text or "\n@cell_magic(" in text
    )


def name_of(line):
    return line[:14].split()[0]


def test_magics_of_the_seed_have_the_seeds_line():
    seed = {name_of(line): line for line in SEED.splitlines() if line.strip()}
    ours = {name_of(line): line for line in as_text(listing(MAGICS)).splitlines() if line.strip()}
    for name in seed.keys() & ours.keys():
        assert ours[name] == seed[name]


def test_lines_stand_in_the_seeds_order():
    seed = [name_of(line) for line in SEED.splitlines() if line.strip()]
    ours = [name_of(line) for line in as_text(listing(MAGICS)).splitlines() if line.strip()]
    assert [name for name in ours if name in seed] == [name for name in seed if name in ours]


def test_the_help_of_discover_is_the_seeds():
    assert RecordingContext(magics=MAGICS).run("%discover -h") == DISCOVER_HELP


def call(magic, arguments):
    return f"{magic.title} {arguments}\nbody\n" if magic.is_cell else f"{magic.title} {arguments}"


class Wishes:
    """A session that only takes note of what %connect was asked for."""

    def want(self, text):
        pass


@each("magic", EVERY)
def test_every_magic_has_help(magic):
    text = RecordingContext(magics=MAGICS).run(call(magic, "-h"))
    assert text == magic.help
    assert text.startswith(f"usage: {magic.title} [-h]")
    assert f"\n\n{magic.summary}\n" in text
    assert all(len(line) <= 85 for line in text.splitlines())


@each("magic", [magic for magic in EVERY if magic.split is Split.WORDS])
def test_every_magic_refuses_what_it_does_not_know(magic):
    ctx = RecordingContext(magics=MAGICS, session=Wishes())
    with pytest.raises(UsageError) as caught:
        ctx.run(call(magic, "--bogus"))
    assert str(caught.value).startswith(f"{magic.title}: error: ")
    assert caught.value.usage.startswith(f"usage: {magic.title} [-h]")
    assert ctx.stdout == ""


@each("magic", [magic for magic in EVERY if magic.split is Split.WORDS])
def test_an_open_quote_is_bad_usage(magic):
    with pytest.raises(UsageError, match="no closing quotation"):
        RecordingContext(magics=MAGICS, session=Wishes()).run(call(magic, "'abc"))
