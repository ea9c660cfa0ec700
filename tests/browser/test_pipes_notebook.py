"""The notebook about pipes in JupyterLab, as somebody sees it who runs it cell by cell."""

from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains

from tests.browser.lab import Notebook

SOURCE = Path(__file__).parents[2] / "docs" / "tutorial" / "pipes.ipynb"
CANVASES = "[...document.querySelectorAll('.jupyter-matplotlib-canvas-container canvas:first-child')]"

#: Collects the pictures of the first chart while any cell runs: in the page, which is always quick enough.
COLLECT = f"""
const seen = window.picturesMeanwhile = new Set();
window.collector = setInterval(() => {{
  const runs = [...document.querySelectorAll('.jp-InputPrompt')].some(prompt => prompt.innerText === '[*]:');
  const picture = {CANVASES}.at(0)?.toDataURL();
  if (runs && picture) seen.add(picture);
}}, 30);
"""
COLLECTED = "clearInterval(window.collector); return window.picturesMeanwhile.size;"


@pytest.fixture(scope="module")
def notebook(server, browser, tmp_path_factory):
    """The notebook, with a board that no other notebook of this server has."""
    url = f"sim://pipes?dir={tmp_path_factory.mktemp('board')}"
    text = SOURCE.read_text(encoding="utf-8")
    assert text.count('"%connect sim://"') == 1
    (server.directory / "pipes.ipynb").write_text(text.replace('%connect sim://"', f'%connect {url}"'))
    browser.open()
    notebook = Notebook.open(browser, "pipes.ipynb")
    browser.script("notebook.activeCellIndex = 0;")
    return notebook


def picture(browser, number):
    return browser.script(f"return {CANVASES}.at({number})?.toDataURL() ?? '';")


def moves(browser, number):
    before = picture(browser, number)
    return len(before) > 5000 and browser.until(lambda: picture(browser, number) != before, "another picture")


def stands(browser, number):
    before = picture(browser, number)
    browser.driver.execute_async_script("setTimeout(arguments[0], 500);")
    return picture(browser, number) == before


def run_code(notebook):
    """Runs cells up to the next one with code, and does not wait for it; returns its index."""
    kind = "return notebook.widgets[arguments[0]].model.type;"
    while notebook.browser.script(kind, index := notebook.run_next()) != "code":
        pass
    return index


def run_to(notebook, text):
    """Runs cells up to the one with this text in it, each to its end; returns its index."""
    source = "return notebook.widgets[arguments[0]].model.sharedModel.source;"
    while True:
        index = run_code(notebook)
        notebook.finish(index)
        if text in notebook.browser.script(source, index):
            return index


def show(notebook, index):
    """Brings a cell into sight, and the mouse out of the way."""
    browser = notebook.browser
    ActionChains(browser.driver).move_to_element(browser.visible(".jp-NotebookPanel-toolbar")).perform()
    browser.driver.execute_async_script(
        "const panel = window.jupyterapp.shell.currentWidget, done = arguments[arguments.length - 1];"
        "panel.content.widgets[arguments[0]].node.scrollIntoView(); setTimeout(done, 700);",
        index,
    )


def test_the_chart_moves_beside_a_cell_of_the_board(browser, notebook):
    index = run_to(notebook, 'live_plot("adc"')
    browser.until(lambda: len(picture(browser, 0)) > 5000, "a chart")
    browser.until(lambda: moves(browser, 0), "a chart that moves")
    browser.script(COLLECT)
    assert "1 1" in notebook.finish(run_code(notebook))
    assert browser.script(COLLECTED) > 1
    show(notebook, index)
    browser.screenshot("pipes-notebook-1")
    before = picture(browser, 0)
    browser.driver.execute_async_script("setTimeout(arguments[0], 300);")
    browser.screenshot("pipes-notebook-2")
    assert picture(browser, 0) != before


def test_collected_samples_are_plotted(browser, notebook):
    index = run_to(notebook, "plt.show()")
    browser.until(lambda: len(picture(browser, 1)) > 5000, "a figure")
    assert "200 samples from -1.00 to 1.00" in notebook.output(index - 1)
    browser.until(lambda: moves(browser, 0), "a chart that moves")
    show(notebook, index)
    browser.screenshot("pipes-notebook-collected")


def test_stop_live_stops_the_chart(browser, notebook):
    run_to(notebook, 'stop_live("adc")')
    browser.until(lambda: stands(browser, 0), "a chart that stands")


def test_three_axes_move_until_the_end(browser, notebook):
    index = run_to(notebook, 'title="Acceleration')
    browser.until(lambda: len(picture(browser, 2)) > 5000, "a chart")
    assert moves(browser, 2)
    table = run_to(notebook, "%pipes")
    assert "imu" in notebook.output(table)
    show(notebook, index)
    browser.screenshot("pipes-notebook-three-axes")
    run_to(notebook, "close_pipe")
    browser.until(lambda: stands(browser, 2), "a chart that stands")
    assert browser.errors() == []
