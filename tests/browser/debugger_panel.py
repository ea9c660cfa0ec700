"""JupyterLab's debugger: its panel, the margins of cells, and its console."""

from __future__ import annotations

from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.lab import CELLS, Browser, Notebook

FRAMES = ".jp-DebuggerCallstackFrame"
BREAKPOINTS = ".jp-DebuggerBreakpoint"
LINE = ".jp-DebuggerEditor-highlight"
ANSWERS = ".jp-DebugConsole .jp-OutputArea-output"
PROMPT = ".jp-DebugConsole .jp-CodeConsole-promptCell .cm-content"
ITEM = ".jp-DebuggerVariables jp-tree-item.nested"
MARGINS = f"{CELLS} .cm-breakpoint-gutter"
ROWS = f"""
return [...document.querySelectorAll('{ITEM}')].map(item =>
  [...item.children].filter(part => part.tagName === 'SPAN').map(part => part.innerText).join(': '))
"""


class DebuggerPanel:
    """The panel, and what belongs to it."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def open(self) -> None:
        """Presses the bug button, and waits until cells have a margin for breakpoints; twice is fine."""
        button = self.browser.visible(".jp-DebuggerBugButton:not(.disabled)")
        if not self.browser.all(MARGINS):
            button.click()
        self.browser.until(lambda: self.browser.all(MARGINS), "margins")

    def click_margin(self, notebook: Notebook, cell: int, line: int) -> None:
        """Clicks beside a line's number."""
        margin = notebook.cell(cell).find_elements(By.CSS_SELECTOR, ".cm-breakpoint-gutter .cm-gutterElement")
        margin[line].click()  # the first one is invisible, and as wide as the widest

    def set_breakpoint(self, notebook: Notebook, cell: int, line: int) -> None:
        """Clicks beside a line's number, and waits until the panel lists one more breakpoint."""
        count = len(self.browser.all(BREAKPOINTS))
        self.click_margin(notebook, cell, line)
        self.browser.until(lambda: len(self.browser.all(BREAKPOINTS)) > count, "the breakpoint")

    def press(self, button: str) -> None:
        """Presses one of its buttons: ``continue``, which pauses while code runs, ``next``, ``stepIn`` …"""
        self.browser.command(f"debugger:{button}")

    def evaluate(self, text: str) -> None:
        """Runs code in the debugger's console, which opens if need be."""
        if not self.browser.all(PROMPT):
            self.browser.command("debugger:evaluate")
        self.browser.visible(PROMPT).click()
        keys = ActionChains(self.browser.driver).send_keys(text)
        keys.key_down(Keys.SHIFT).send_keys(Keys.ENTER).key_up(Keys.SHIFT).perform()

    def answer(self, text: str) -> str:
        """Runs code in the debugger's console, and returns what that shows."""
        count = len(self.browser.all(ANSWERS))
        self.evaluate(text)
        return str(self.browser.until(lambda: self.browser.all(ANSWERS)[count:], "an answer")[0].text)

    # What it shows

    def rows(self) -> list[str]:
        """The variables: names, and values or types."""
        return self.browser.script(ROWS)

    def wait_for_row(self, row: str) -> None:
        try:
            self.browser.until(lambda: row in self.rows(), f"the row {row}")
        except TimeoutException as error:
            error.add_note(f"the panel has the rows {self.rows()}")
            raise

    def frames(self) -> list[str]:
        """The functions of the call stack, the innermost first."""
        return [each.text.split()[0] for each in self.browser.all(FRAMES)]

    def wait_for_frames(self, *names: str) -> None:
        self.browser.until(lambda: self.frames() == list(names), f"the frames {names}")

    def wait_for_line(self, text: str) -> None:
        """Waits until this line alone is marked as the one where the code stands."""

        def is_marked() -> bool:
            return [each.text.strip() for each in self.browser.all(LINE)] == [text]

        self.browser.until(is_marked, f"the line {text}")

    def select(self, frame: int) -> None:
        """Clicks a frame of the call stack."""
        self.browser.all(FRAMES)[frame].click()

    # Rows of variables

    def item(self, name: str) -> WebElement:
        """A row of the tree, which is made anew with every look."""

        def found() -> list[WebElement]:
            return [each for each in self.browser.all(ITEM) if each.text.startswith(name)]

        return self.browser.until(found, f"the row {name}")[0]

    def unfold(self, name: str) -> None:
        def is_unfolded() -> bool:
            row = self.item(name)
            row.click()
            row.send_keys(Keys.ARROW_RIGHT)
            return True

        self.browser.until(is_unfolded, "the row")
