"""%explain."""

import pytest

from tests.magics.context import RecordingContext


@pytest.fixture
def ctx():
    return RecordingContext()


def explained(ctx, arguments=""):
    ctx.magics.run_line(ctx, "explain", arguments)
    return ctx.plain


def test_the_last_error_is_explained(ctx):
    ctx.last_error = "ConnectError: serial:///dev/x: there is no such serial port; there are /dev/y"
    assert explained(ctx).startswith("**The serial port is not there**\n\nThe computer has no port")
    ((bundle, _, _),) = ctx.displays
    assert bundle["text/markdown"] == bundle["text/plain"]


def test_a_section_is_named(ctx):
    ctx.last_error = "NameError: x"
    assert explained(ctx, "port-in-use").startswith("**Another program has the port**\n")


def test_the_text_of_an_error_may_be_given(ctx):
    assert explained(ctx, "ConnectError: x: this is no serial port; don't").startswith("**The serial port")


def test_words_are_looked_for(ctx):
    assert explained(ctx, "BAUD arrives garbage gps").startswith("**Garbage arrives**\n")
    several = explained(RecordingContext(), "webrepl")
    assert several.startswith("Several sections have these words:\n")
    assert "webrepl-busy" in several
    assert "deploy-failed" not in several


def test_words_that_stand_together_come_first(ctx):
    assert explained(ctx, "nothing listens on this port:").startswith("**Nothing listens")


def test_links_name_the_page(ctx):
    assert "Pipes (docs/reference/pipes.md)\n" in explained(ctx, "no-samples")


def test_without_an_error_all_sections_are_listed(ctx):
    text = explained(ctx)
    assert text.startswith("No cell has failed in this notebook. There are sections about:\n")
    assert "port-in-use" in text
    assert "Another program has the port" in text


def test_what_nobody_knows_is_said(ctx):
    ctx.last_error = "OvenError: xyzzy"
    assert explained(ctx).startswith("Nothing is known about this: OvenError: xyzzy\nThere are sections")
