"""Notebook 7: what docs/reference/frontends.md says of it, in one page."""

import nbformat
import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.debugger_panel import DebuggerPanel
from tests.browser.lab import Notebook
from tests.browser.test_code_help import keys, typed
from tests.browser.test_displays import PICTURES, SIZES

PATH = "notebook-7.ipynb"
PICTURE = """import framebuf
screen = framebuf.FrameBuffer(bytearray(240 * 135 * 2), 240, 135, framebuf.RGB565)
picture = ucore.display(screen, display_id=True)"""
WIDGET = "%%host\nimport ipywidgets\nipywidgets.IntSlider(description='scale')"
PRODUCER = """import _thread, math, struct, time, ucore
def produce():
    pipe, step = ucore.open_pipe("adc"), 0
    while ucore.is_pipe_open("adc"):
        pipe.write(struct.pack("<f", math.sin(step / 20)))
        step += 1
        time.sleep_ms(10)
_thread.start_new_thread(produce, ())"""
CHART = "%%host\n%matplotlib widget\nfrom ukernel.pipes import live_plot\nlive_plot('adc')"
CANVAS = "return document.querySelector('.jupyter-matplotlib-canvas-container canvas')?.toDataURL() ?? '';"
DOUBLE = "def double(x):\n    y = 2 * x\n    return y\n\ndouble(21)"


@pytest.fixture(scope="module")
def notebook(browser, server):
    """An empty notebook of the IoT Kernel in Notebook 7, connected to a virtual board."""
    spec = {"name": "iot", "display_name": "IoT Kernel", "language": "micropython"}
    cells = [nbformat.v4.new_code_cell("")]
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), server.directory / PATH
    )
    browser.driver.get(f"{server.url}/notebooks/{PATH}")
    notebook = Notebook(browser)
    notebook.wait()
    assert "Connected to" in notebook.run("%connect sim://notebook7")
    return notebook


def test_cells_help_and_questions(browser, notebook):
    assert notebook.run("print('on the board')\n6 * 7").split() == ["on", "the", "board", "[2]:", "42"]
    typed(browser, notebook, "import mach")
    keys(browser, Keys.TAB)
    names = browser.until(lambda: [item.text for item in browser.all(".jp-Completer-item")], "the completer")
    assert names[0].split("\n")[0] == "machine"
    keys(browser, Keys.ESCAPE)
    typed(browser, notebook, "print(")
    keys(browser, Keys.SHIFT, Keys.TAB)
    assert "print(" in browser.visible(".jp-Tooltip").text
    keys(browser, Keys.ESCAPE)
    typed(browser, notebook, "")
    index = notebook.type("name = input('Your name? ')\nprint('hello', name)")
    field = browser.visible(".jp-Stdin-input")
    field.send_keys("Ada", Keys.ENTER)
    assert "hello Ada" in notebook.finish(index)
    index = notebook.type("while True: pass")
    browser.until(lambda: notebook.kernel_status() == "busy", "a running cell")
    browser.command("kernelmenu:interrupt")
    assert "KeyboardInterrupt" in notebook.finish(index)


def test_pictures_widgets_and_live_charts(browser, notebook):
    index = notebook.type(PICTURE)
    browser.until(lambda: browser.script(SIZES, index) == [[240, 135]], "a picture")
    black = browser.script(PICTURES, index)
    notebook.run("screen.fill(0xffe0)\npicture.update(screen)")
    browser.until(lambda: len(now := browser.script(PICTURES, index)) == 1 and now != black, "another one")
    notebook.type(WIDGET)
    browser.visible(".widget-slider")
    notebook.run(PRODUCER)
    notebook.type(CHART)
    first = browser.until(lambda: len(now := browser.script(CANVAS)) > 5000 and now, "a chart")
    browser.until(lambda: browser.script(CANVAS) != first, "a chart that moves")


def test_the_debugger_and_the_variables_panel(browser, notebook):
    notebook.run("limit = 30")
    panel = DebuggerPanel(browser)
    panel.open()
    if not browser.script("return app.commands.isToggled('debugger:toggle-panel')"):
        browser.command("debugger:toggle-panel")  # View, Debugger Panel
    panel.wait_for_row("limit: 30")
    index = notebook.type(DOUBLE)
    notebook.finish(index)
    panel.set_breakpoint(notebook, index, 3)
    notebook.run_again(index)
    panel.wait_for_row("y: 42")
    assert panel.frames() == ["double", "<module>"]
    browser.screenshot("notebook7-debugger")
    panel.press("continue")
    assert "42" in notebook.finish(index)
