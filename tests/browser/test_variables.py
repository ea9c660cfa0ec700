"""JupyterLab's variables panel in a board notebook."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from tests.browser.debugger_panel import DebuggerPanel

pytestmark = pytest.mark.browser
GRID = ".jp-DebuggerVariables-body .lm-DataGrid, .jp-DebuggerVariables-body canvas"
CELL = """\
import machine
from array import array

class Sensor:
    def __init__(self):
        self.gain = 4
        self.last = [21.5, 21.7]

sensor = Sensor()
samples = list(range(12000))
limits = {'low': 18.5, 'high': 24.0}
name = 'greenhouse'
raw = b'temperature' + bytes(range(64))
levels = array('H', range(0, 3000, 10))
"""
GLASS = ".jp-DebuggerVariables-renderVariable"
VIEW = ".jp-DebuggerRichVariable"


def render(browser, panel, name):
    """Presses the magnifying glass that appears on a variable; the tree may be made anew meanwhile."""

    def is_pressed():
        row = panel.item(name)
        ActionChains(browser.driver).move_to_element(row).perform()
        glasses = row.find_elements(By.CSS_SELECTOR, GLASS)
        for glass in glasses:
            glass.click()
        return glasses

    browser.until(is_pressed, "the magnifying glass")


def other_view(browser, name):
    """Shows the table instead of the tree, or the tree again."""
    browser.visible(f".jp-DebuggerVariables-toolbar [title='{name}']").click()


@pytest.fixture(scope="module", autouse=True)
def panel(browser, notebook):
    """The panel, with the variables of a cell."""
    panel = DebuggerPanel(browser)
    assert notebook.run(CELL) == ""
    panel.open()
    panel.wait_for_row("name: 'greenhouse'")
    return panel


def test_the_panel_lists_the_variables_of_the_board(browser, notebook, panel):
    assert {"samples: list (12,000)", "sensor: Sensor", "levels: array (300)"} <= set(panel.rows())
    panel.unfold("sensor")
    panel.wait_for_row("gain: 4")
    notebook.run("%%host\nmine = 1")
    panel.wait_for_row("(%%host): this computer")
    browser.screenshot("variables-tree")
    notebook.run("name = 'cellar'")
    panel.wait_for_row("name: 'cellar'")


def test_a_variable_is_shown_alone(browser, panel):
    render(browser, panel, "levels")
    browser.until(lambda: "array, 300 items" in browser.visible(VIEW).text, "the array")
    assert "200 more" in browser.visible(VIEW).text
    browser.screenshot("variables-array")


def test_the_table_shows_values(browser, panel):
    other_view(browser, "Table View")
    browser.visible(GRID)
    browser.screenshot("variables-table")
    other_view(browser, "Tree View")
    browser.until(panel.rows, "the tree")
