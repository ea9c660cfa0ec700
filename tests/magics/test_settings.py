"""%lsmagic, %target, %loglevel."""

import logging

import pytest

from iot_kernel.errors import UsageError
from iot_kernel.magics.magic import MagicRegistry, cell_magic, line_magic
from iot_kernel.magics.settings import listing
from iot_kernel.magics.tables import as_text
from iot_kernel.syntax.cell import Target
from tests.magics.context import ANSI, RecordingContext


@pytest.fixture
def ctx():
    return RecordingContext()


@pytest.fixture
def loggers():
    """Puts back what a test changes about logging."""
    root, names = logging.getLogger(), ("iot_kernel", "iot_kernel.test", "iot_kernel.zzz")
    loggers = [root, *map(logging.getLogger, names)]
    before = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    levels = [(handler, handler.level) for handler in root.handlers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
    for handler, level in levels:
        handler.setLevel(level)


def made(decorator, name, summary):
    return (
        decorator(name, summary=summary)(lambda ctx, args: None)
        if decorator is line_magic
        else _cell(name, summary)
    )


def _cell(name, summary):
    def function(ctx, args, cell):
        pass

    function.__doc__ = summary
    return cell_magic(name)(function)


def test_the_listing_stands_in_columns():
    magics = [
        made(line_magic, "unregister", "Unregister device"),
        made(line_magic, "!", "Pass line to bash shell for evaluation"),
        made(line_magic, "cat", "Output contents "),
        made(cell_magic, "writefile", "Write cell contents to file"),
        made(cell_magic, "bash", "Pass cell"),
    ]
    assert as_text(listing(MagicRegistry(magics))) == (
        "Line Magic:    -h shows help (e.g. %discover -h)\n"
        "  %cat         Output contents \n"
        "  %unregister  Unregister device\n"
        "  !            Pass line to bash shell for evaluation\n"
        "\n"
        "Cell Magic:    -h shows help (e.g. %%connect -h)\n"
        "  %%bash       Pass cell\n"
        "  %%writefile  Write cell contents to file\n"
    )


def test_lsmagic_lists_what_there_is(ctx):
    assert ctx.run("%lsmagic") == as_text(listing(ctx.magics))


def test_verbose_adds_the_help_of_every_magic(ctx):
    text = ctx.run("%lsmagic -v")
    assert text.startswith(as_text(listing(ctx.magics)))
    for magic in [*ctx.magics.lines(), *ctx.magics.cells()]:
        assert f"\n----- {magic.title} --" in text
        assert magic.help in text


@pytest.mark.parametrize("target", Target)
def test_target(ctx, target):
    assert ctx.run(f"%target {target.value}") == f"plain cells run on the {target.value}\n"
    assert ctx.default_target is target


@pytest.mark.parametrize("target", Target)
def test_target_says_what_was_chosen(ctx, target):
    ctx.default_target = target
    assert ctx.run("%target") == f"plain cells run on the {target.value}\n"
    assert ctx.default_target is target


def test_target_has_to_be_one_of_two(ctx):
    with pytest.raises(UsageError, match="invalid choice: 'moon'"):
        ctx.run("%target moon")
    assert ctx.default_target is None


@pytest.mark.parametrize(
    ("arguments", "name", "level"),
    [
        ("iot_kernel.test DEBUG", "iot_kernel.test", "DEBUG"),
        ("iot_kernel.test error", "iot_kernel.test", "ERROR"),
        ("iot_kernel.test", "iot_kernel.test", "INFO"),
        ("warning", "iot_kernel", "WARNING"),
    ],
)
@pytest.mark.usefixtures("loggers")
def test_loglevel_sets_a_level(ctx, arguments, name, level):
    assert ctx.run(f"%loglevel {arguments}") == f"Logger {name} level set to {level}\n"
    assert logging.getLogger(name).getEffectiveLevel() == getattr(logging, level)


@pytest.mark.usefixtures("loggers")
def test_a_root_handler_lets_the_level_through(ctx):
    handler = logging.Handler(logging.ERROR)
    logging.getLogger().addHandler(handler)
    ctx.run("%loglevel iot_kernel DEBUG")
    assert handler.level == logging.DEBUG
    ctx.run("%loglevel iot_kernel CRITICAL")
    assert handler.level == logging.DEBUG


@pytest.mark.usefixtures("loggers")
def test_messages_go_somewhere_even_without_handlers(ctx, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(logging.getLogger("iot_kernel"), "handlers", [])
    ctx.run("%loglevel iot_kernel.test DEBUG")
    assert logging.getLogger("iot_kernel.test").hasHandlers()
    ctx.run("%loglevel iot_kernel.test DEBUG")
    assert len(logging.getLogger("iot_kernel").handlers) == 1


def test_an_unknown_level_is_refused(ctx):
    with pytest.raises(UsageError, match=r"no such level: LOUD \(choose from DEBUG, INFO"):
        ctx.run("%loglevel iot_kernel loud")


@pytest.mark.usefixtures("loggers")
def test_without_arguments_the_levels_are_listed(ctx):
    logging.getLogger("iot_kernel.zzz").setLevel("ERROR")
    ctx.run("%loglevel")
    assert "\x1b[46m" in ctx.stdout
    rows = ANSI.sub("", ctx.stdout).splitlines()
    assert rows[0].split() == ["Logger", "Level"]
    assert f"{'iot_kernel.zzz':30} ERROR" in rows
    assert rows[1].startswith("iot_kernel ")
