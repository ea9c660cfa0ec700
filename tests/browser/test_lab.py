"""JupyterLab: from the launcher to a cell on a board, an interrupt, an error, and a live figure beside it."""

import pytest
from selenium.webdriver.common.keys import Keys

BUTTON = '.jp-NotebookPanel-toolbar [data-command="notebook:interrupt-kernel"]'
THREAD = """
import _thread, time
def late():
    time.sleep(0.7)
    print('late')
_ = _thread.start_new_thread(late, ())
"""


def test_the_launcher_offers_both_kernels(browser):
    browser.open()
    tiles = {tile.text.strip() for tile in browser.all(".jp-LauncherCard")}
    assert {"IoT Kernel", "µcore"} <= tiles
    icons = browser.all('.jp-LauncherCard img[src*="logo-svg.svg"]')
    assert len(icons) >= 4, "two kernels, as notebook and as console"
    browser.until(lambda: all(icon.get_property("naturalWidth") for icon in icons), "the logos")
    browser.screenshot("launcher")


def test_a_cell_runs_on_the_board(browser, notebook):
    assert notebook.kernel_name() == "IoT Kernel"
    output = notebook.run("for i in range(5): print(i, i**20)")
    assert output.splitlines() == ["0 0", "1 1", "2 1048576", "3 3486784401", "4 1099511627776"]
    browser.screenshot("board-cell")


def test_the_last_expression_is_shown_with_its_number(notebook):
    index = notebook.type("6 * 7")
    assert notebook.finish(index).split() == [notebook.prompt(index), "42"]


@pytest.mark.parametrize("how", ["button", "menu"])
def test_an_interrupt_ends_an_endless_loop(browser, notebook, how):
    index = notebook.type("print('begun')\nwhile True: pass")
    notebook.wait_for(index, "begun")
    assert notebook.prompt(index) == "[*]:"
    if how == "button":
        browser.visible(BUTTON).click()
    else:
        browser.command("kernelmenu:interrupt")
    assert "KeyboardInterrupt" in notebook.finish(index)
    assert notebook.run("print('alive')") == "alive"
    browser.screenshot(f"interrupt-{how}")


def test_output_appears_while_the_cell_runs(notebook):
    index = notebook.type("import time\nfor i in range(3):\n    print('step', i)\n    time.sleep(0.4)")
    notebook.wait_for(index, "step 0")
    assert notebook.prompt(index) == "[*]:"
    assert notebook.finish(index).splitlines() == ["step 0", "step 1", "step 2"]


FLOOD = """
const future = app.shell.currentWidget.sessionContext.session.kernel.requestExecute({code: arguments[0]});
const seen = {stdout: 0, stderr: ''};
future.onIOPub = message => {
  if (message.header.msg_type === 'stream' && message.content.name === 'stdout')
    seen.stdout += message.content.text.length;
  else if (message.header.msg_type === 'stream')
    seen.stderr += message.content.text;
};
return future.done.then(reply => ({...seen, status: reply.content.status}));
"""


def test_a_long_output_passes_the_server_s_limit_whole(browser, notebook):
    """What exceeds 1 MB a second a server drops, with a warning on stderr."""
    seen = browser.script(FLOOD, "for i in range(9000): print('x' * 999)")
    assert seen == {"stdout": 9_000_000, "stderr": "", "status": "ok"}


def test_what_a_board_prints_between_cells_appears_below_the_last_one(notebook):
    index = notebook.type(THREAD)
    notebook.finish(index)
    notebook.wait_for(index, "late")


def test_an_error_stops_run_all(browser, notebook):
    # the first cell lasts until a browser on a busy computer has sent the others, too
    first = "import time\nprint('one')\ntime.sleep(1)"
    sources = [first, "a = 5\nprint('this will fail ...')\nb", "print('not reached')"]
    browser.script(
        "const model = notebook.model.sharedModel; model.deleteCellRange(0, model.cells.length);"
        "for (const source of arguments[0]) model.addCell({cell_type: 'code', source});",
        sources,
    )
    browser.command("notebook:run-all-cells")
    browser.until(lambda: "NameError" in notebook.output(1), "the error")
    browser.until(lambda: notebook.kernel_status() == "idle", "an idle kernel")
    assert notebook.output(0) == "one"
    assert notebook.output(1).startswith("this will fail ...")
    assert '  File "<stdin>", line 3, in <module>' in notebook.output(1)
    assert "NameError: name 'b' isn't defined" in notebook.output(1)
    assert notebook.output(2) == ""
    assert notebook.prompt(2) == "[ ]:"
    browser.screenshot("run-all-error")


FIGURE = """%%host
%matplotlib widget
import ipywidgets as widgets
import matplotlib.pyplot as plt
figure, axes = plt.subplots(figsize=(5, 2.4))
(line,) = axes.plot([0, 1, 2, 3], [0, 1, 4, 9])
slider, label = widgets.IntSlider(max=9, description="scale"), widgets.Label("now 0")
def moved(change):
    line.set_ydata([(change.new + 1) * y for y in (0, 1, 4, 9)])
    figure.canvas.draw_idle()
    label.value = f"now {change.new}"
slider.observe(moved, "value")
widgets.VBox([slider, label])"""

CANVAS = """
const canvas = document.querySelector('.jupyter-matplotlib-canvas-container canvas');
return canvas === null ? '' : canvas.toDataURL();
"""


@pytest.fixture(scope="module")
def figure(browser, notebook):
    """A figure with a slider; what runs meanwhile is a board cell."""
    index = notebook.type(FIGURE)
    notebook.finish(index)
    browser.visible(".jupyter-matplotlib-canvas-container canvas")
    browser.until(lambda: len(browser.script(CANVAS)) > 5000, "a drawn figure")
    return notebook


def drag(browser, value):
    """Moves the slider by keys, one step each; returns once its label follows."""
    browser.visible(".widget-slider .noUi-handle").send_keys(Keys.ARROW_RIGHT)
    browser.until(
        lambda: browser.visible(".widget-label:not(.widget-readout)") and shows(browser, value),
        f"now {value}",
    )


def shows(browser, value):
    return any(element.text == f"now {value}" for element in browser.all(".widget-label"))


def test_a_figure_is_drawn_and_its_slider_moves_it(browser, figure):
    before = browser.script(CANVAS)
    drag(browser, 1)
    browser.until(lambda: browser.script(CANVAS) != before, "another picture")


def test_the_slider_moves_the_figure_while_a_board_cell_runs(browser, figure):
    index = figure.type("import time\nprint('begun')\nwhile True: time.sleep(0.01)")
    figure.wait_for(index, "begun")
    for value in (2, 3, 4):
        before = browser.script(CANVAS)
        drag(browser, value)
        browser.until(lambda: browser.script(CANVAS) != before, "another picture")  # noqa: B023
    assert figure.prompt(index) == "[*]:"
    browser.until(lambda: figure.kernel_status() == "busy", "a busy kernel")
    browser.screenshot("figure-beside-board-cell")
    browser.command("kernelmenu:interrupt")
    assert "KeyboardInterrupt" in figure.finish(index)


def test_a_reload_of_the_page_keeps_the_board_and_the_figure(browser, figure):
    figure.run("kept = 41")
    browser.script("return app.commands.execute('docmanager:save').then(() => null);")
    browser.driver.refresh()
    figure.wait()
    assert figure.run("kept + 1").endswith("42")
    browser.visible(".jupyter-matplotlib-canvas-container canvas")
    drag(browser, 5)
    browser.screenshot("after-reload")


def test_the_page_has_nothing_to_complain_about(browser, figure):
    assert [error for error in browser.errors() if "favicon" not in error] == []
