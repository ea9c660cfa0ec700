"""JupyterLab's variables panel in a board notebook."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.browser
ITEM = "jp-tree-item.nested"
ROWS = f"""
return [...document.querySelectorAll('{ITEM}')].map(item =>
  [...item.children].filter(part => part.tagName === 'SPAN').map(part => part.innerText).join(': '))
"""
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


def rows(browser):
    return browser.script(ROWS)


def item(browser, name):
    """A row of the tree, which is made anew with every look."""

    def found():
        return [each for each in browser.all(ITEM) if each.text.startswith(name)]

    return browser.until(found, f"the row {name}")[0]


def unfold(browser, name):
    def is_unfolded():
        row = item(browser, name)
        row.click()
        row.send_keys(Keys.ARROW_RIGHT)
        return True

    browser.until(is_unfolded, "the row")


def render(browser, name):
    """Presses the magnifying glass that appears on a variable; the tree may be made anew meanwhile."""

    def is_pressed():
        row = item(browser, name)
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
    assert notebook.run(CELL) == ""
    browser.visible(".jp-DebuggerBugButton:not(.disabled)").click()
    browser.until(lambda: "name: 'greenhouse'" in rows(browser), "the variables")


def test_the_panel_lists_the_variables_of_the_board(browser, notebook):
    assert {"samples: list (12,000)", "sensor: Sensor", "levels: array (300)"} <= set(rows(browser))
    unfold(browser, "sensor")
    browser.until(lambda: "gain: 4" in rows(browser), "what the object has")
    notebook.run("%%host\nmine = 1")
    browser.until(lambda: "(%%host): this computer" in rows(browser), "a row for the host's")
    browser.screenshot("variables-tree")
    notebook.run("name = 'cellar'")
    browser.until(lambda: "name: 'cellar'" in rows(browser), "the new value")


def test_a_variable_is_shown_alone(browser):
    render(browser, "levels")
    browser.until(lambda: "array, 300 items" in browser.visible(VIEW).text, "the array")
    assert "200 more" in browser.visible(VIEW).text
    browser.screenshot("variables-array")


def test_the_table_shows_values(browser):
    other_view(browser, "Table View")
    browser.visible(GRID)
    browser.screenshot("variables-table")
    other_view(browser, "Tree View")
    browser.until(lambda: rows(browser), "the tree")
