"""Breakpoints in board cells, as somebody sets them in JupyterLab."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.lab import CELLS

pytestmark = pytest.mark.browser
FRAMES = ".jp-DebuggerCallstackFrame"
VARIABLES = """
return [...document.querySelectorAll('.jp-DebuggerVariables jp-tree-item.nested')].map(item =>
  [...item.children].filter(part => part.tagName === 'SPAN').map(part => part.innerText).join(': '))
"""
HOOK = """
app.shell.currentWidget.sessionContext.session.kernel.anyMessage.connect((_, args) => {
  const {command, body} = args.msg.content;
  if (args.msg.header.msg_type === 'debug_reply' && command === 'setBreakpoints')
    window.removed = body.breakpoints.length === 0;
});
"""
LINE = ".jp-DebuggerEditor-highlight"
DEFINITION = """\
def mean(values):
    total = 0
    for value in values:
        total += value
    return total / len(values)"""
CALL = "readings = [21.5, 22.0, 22.4]\nprint('mean', mean(readings))"


def click_margin(notebook, cell, line):
    """Clicks beside a line's number."""
    margin = notebook.cell(cell).find_elements(By.CSS_SELECTOR, ".cm-breakpoint-gutter .cm-gutterElement")
    margin[line].click()  # the first one is invisible, and as wide as the widest


def evaluate(browser, text):
    """Runs code in the debugger's console."""
    browser.command("debugger:evaluate")
    browser.visible(".jp-DebugConsole .jp-CodeConsole-promptCell .cm-content").click()
    keys = ActionChains(browser.driver).send_keys(text)
    keys.key_down(Keys.SHIFT).send_keys(Keys.ENTER).key_up(Keys.SHIFT).perform()


def frames(browser):
    return [each.text.split() for each in browser.all(FRAMES)]


def test_a_click_in_the_margin_stops_a_board_cell(browser, notebook):
    browser.script(HOOK)
    browser.visible(".jp-DebuggerBugButton:not(.disabled)").click()
    definition = notebook.type(DEFINITION)
    notebook.finish(definition)
    browser.until(lambda: browser.all(f"{CELLS} .cm-breakpoint-gutter"), "margins")
    click_margin(notebook, definition, 4)
    browser.visible(".jp-DebuggerBreakpoint")
    browser.script("notebook.activeCellIndex = arguments[0];", definition)
    browser.command("notebook:run-cell-and-select-next")
    call = notebook.type(CALL)
    browser.until(lambda: "value: 21.5" in browser.script(VARIABLES), "the local variables")
    assert [frame[0] for frame in frames(browser)] == ["mean", "<module>"]
    (line,) = browser.all(LINE)
    assert line.text.strip() == "total += value"
    browser.screenshot("breakpoint")
    browser.command("debugger:next")
    browser.until(lambda: "value: 22" in " ".join(browser.script(VARIABLES)), "the next value")
    assert "total: 21.5" in browser.script(VARIABLES)
    browser.screenshot("breakpoint-next")
    browser.script("window.removed = false;")
    click_margin(notebook, definition, 4)
    browser.until(lambda: browser.script("return window.removed;"), "the kernel's word that it is gone")
    evaluate(browser, "total = 100")
    browser.until(lambda: "total: 100" in browser.script(VARIABLES), "the value that was set")
    browser.screenshot("breakpoint-evaluate")
    browser.command("debugger:continue")
    assert "mean 48.1" in notebook.finish(call)
    assert frames(browser) == []


def test_a_cell_that_fails_can_be_looked_at(browser, notebook):
    browser.script("app.commands.execute('debugger:pause-on-exceptions', {filter: 'uncaught'});")
    cell = notebook.type("def invert(x):\n    return 1 / x\ninvert(0)")
    browser.until(lambda: "x: 0" in browser.script(VARIABLES), "the local variables")
    assert [frame[0] for frame in frames(browser)] == ["invert", "<module>"]
    browser.screenshot("breakpoint-error")
    browser.command("debugger:continue")
    assert "ZeroDivisionError" in notebook.finish(cell)
