"""Breakpoints in board cells, as somebody sets them in JupyterLab."""

import pytest

from tests.browser.debugger_panel import DebuggerPanel

pytestmark = pytest.mark.browser
HOOK = """
app.shell.currentWidget.sessionContext.session.kernel.anyMessage.connect((_, args) => {
  const {command, body} = args.msg.content;
  if (args.msg.header.msg_type === 'debug_reply' && command === 'setBreakpoints')
    window.removed = body.breakpoints.length === 0;
});
"""
DEFINITION = """\
def mean(values):
    total = 0
    for value in values:
        total += value
    return total / len(values)"""
CALL = "readings = [21.5, 22.0, 22.4]\nprint('mean', mean(readings))"


@pytest.fixture(scope="module")
def panel(browser, notebook):
    return DebuggerPanel(browser)


def test_a_click_in_the_margin_stops_a_board_cell(browser, notebook, panel):
    browser.script(HOOK)
    definition = notebook.type(DEFINITION)
    notebook.finish(definition)
    panel.open()
    panel.set_breakpoint(notebook, definition, 4)
    notebook.run_again(definition)
    call = notebook.type(CALL)
    panel.wait_for_row("value: 21.5")
    assert panel.frames() == ["mean", "<module>"]
    panel.wait_for_line("total += value")
    browser.screenshot("breakpoint")
    panel.press("next")
    browser.until(lambda: "value: 22" in " ".join(panel.rows()), "the next value")
    assert "total: 21.5" in panel.rows()
    browser.screenshot("breakpoint-next")
    browser.script("window.removed = false;")
    panel.click_margin(notebook, definition, 4)
    browser.until(lambda: browser.script("return window.removed;"), "the kernel's word that it is gone")
    panel.evaluate("total = 100")
    panel.wait_for_row("total: 100")
    browser.screenshot("breakpoint-evaluate")
    panel.press("continue")
    assert "mean 48.1" in notebook.finish(call)
    assert panel.frames() == []


def test_a_cell_that_fails_can_be_looked_at(browser, notebook, panel):
    browser.script("app.commands.execute('debugger:pause-on-exceptions', {filter: 'uncaught'});")
    cell = notebook.type("def invert(x):\n    return 1 / x\ninvert(0)")
    panel.wait_for_row("x: 0")
    assert panel.frames() == ["invert", "<module>"]
    browser.screenshot("breakpoint-error")
    panel.press("continue")
    assert "ZeroDivisionError" in notebook.finish(cell)


def test_the_panel_says_why_a_board_cannot_stop(browser, notebook, panel, microbit):
    """In the list of variables: JupyterLab does not show what is said of a breakpoint."""
    notebook.run(f"%connect {microbit.url}")
    panel.wait_for_row("(breakpoints): none here")
    panel.unfold("(breakpoints)")
    panel.wait_for_row("(why): too little memory")
    assert "(instead): print values" in panel.rows()
    browser.screenshot("breakpoint-nowhere")
