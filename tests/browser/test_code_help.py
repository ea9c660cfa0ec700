"""Tab and Shift-Tab in a board cell of a real JupyterLab."""

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

CODE = """import machine
class Sensor:
    def __init__(self):
        self.level = 3
    def read_slowly(self, seconds, times=2):
        "Reads the level, slowly."
        return self.level
sensor = Sensor()
"""


def typed(browser, notebook, text):
    """Types into the last cell, at its end."""
    index = browser.script("return notebook.widgets.length - 1;")
    notebook.cell(index).find_element(By.CSS_SELECTOR, ".cm-content").click()
    keys(browser, Keys.CONTROL, "a")
    keys(browser, Keys.DELETE)
    keys(browser, text)


def keys(browser, *pressed):
    actions = ActionChains(browser.driver)
    *held, last = pressed
    for key in held:
        actions.key_down(key)
    actions.send_keys(last)
    for key in held:
        actions.key_up(key)
    actions.perform()


def offered(browser):
    """The lines of the completer's items, once they are drawn."""

    def drawn():
        items = [item.text for item in browser.all(".jp-Completer-item")]
        return items if all(items) else []

    return [item.split("\n")[0] for item in browser.until(drawn, "the completer")]


def test_the_first_cell_is_completed_before_anything_has_run(browser, notebook):
    typed(browser, notebook, "from framebuf import RGB")
    keys(browser, Keys.TAB)
    assert offered(browser) == ["RGB565"]
    keys(browser, Keys.ESCAPE)
    typed(browser, notebook, "pipe = ucore.open_pipe(")
    keys(browser, Keys.SHIFT, Keys.TAB)
    assert "1 to 64 bytes of UTF-8" in browser.visible(".jp-Tooltip").text
    browser.screenshot("tooltip-ucore")
    keys(browser, Keys.ESCAPE)
    typed(browser, notebook, "import framebuf\nframebuf.")
    keys(browser, Keys.TAB)
    assert offered(browser)[0] == "FrameBuffer"
    browser.screenshot("completer-import")
    keys(browser, Keys.ESCAPE)


def test_the_completer_opens_with_the_names_of_the_board(browser, notebook):
    notebook.run(CODE)
    typed(browser, notebook, "sensor.")
    keys(browser, Keys.TAB)
    assert offered(browser) == ["level", "read_slowly"]
    browser.screenshot("completer")
    keys(browser, "r")
    browser.until(lambda: len(browser.all(".jp-Completer-item")) <= 1, "fewer names")
    keys(browser, Keys.ENTER)
    source = "return notebook.activeCell.model.sharedModel.getSource();"
    browser.until(lambda: browser.script(source) == "sensor.read_slowly", "the name")


def test_the_tooltip_shows_a_signature(browser, notebook):
    typed(browser, notebook, "sensor.read_slowly(")
    keys(browser, Keys.SHIFT, Keys.TAB)
    tip = browser.visible(".jp-Tooltip")
    assert "read_slowly(seconds, times=2)" in tip.text
    assert "Reads the level, slowly." in tip.text
    browser.screenshot("tooltip")
    keys(browser, Keys.ESCAPE)


def test_while_a_cell_runs_the_kernel_stays_busy(browser, notebook):
    typed(browser, notebook, "")
    index = notebook.type("print('begun')\nwhile True: pass")
    notebook.wait_for(index, "begun")
    typed(browser, notebook, "sensor.")
    keys(browser, Keys.TAB)
    browser.until(lambda: browser.all(".jp-Completer-item"), "the completer")
    browser.until(lambda: notebook.kernel_status() == "busy", "a busy kernel")
    keys(browser, Keys.ESCAPE)
    browser.command("kernelmenu:interrupt")
    assert "KeyboardInterrupt" in notebook.finish(index)
