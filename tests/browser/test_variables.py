"""JupyterLab's variables panel in a board notebook."""

import pytest
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
class Sensor:
    def __init__(self):
        self.gain = 4
        self.last = [21.5, 21.7]
sensor = Sensor()
samples = list(range(12000))
limits = {'low': 18.5, 'high': 24.0}
name = 'greenhouse'
raw = bytes(range(64))
"""


def rows(browser):
    return browser.script(ROWS)


def test_the_panel_lists_the_variables_of_the_board(browser, notebook):
    assert notebook.run(CELL) == ""
    browser.visible(".jp-DebuggerBugButton:not(.disabled)").click()
    browser.until(lambda: "name: 'greenhouse'" in rows(browser), "the variables")
    assert {"samples: list", "sensor: Sensor"} <= set(rows(browser))
    (sensor,) = [item for item in browser.all(ITEM) if item.text.startswith("sensor")]
    sensor.click()
    sensor.send_keys(Keys.ARROW_RIGHT)
    browser.until(lambda: "gain: 4" in rows(browser), "what the object has")
    browser.screenshot("variables-tree")
    notebook.run("name = 'cellar'")
    browser.until(lambda: "name: 'cellar'" in rows(browser), "the new value")
    browser.visible(".jp-DebuggerVariables-toolbar [title='Table View']").click()
    browser.visible(GRID)
    browser.screenshot("variables-table")
