"""Live charts in JupyterLab: they move whatever else runs, show the right pixels, stop, and are saved."""

import base64
import hashlib
import io
import re

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains

from tests.browser.lab import Notebook

SECONDS = 1.0  # in which pictures are counted
LEAST = 10  # different pictures a second

#: About 1000 samples a second each.
PRODUCERS = """%%ucore
import _thread, math, struct, time, ucore
def produce(name, layout, phases):
    pipe = ucore.open_pipe(name)
    while ucore.is_pipe_open(name):
        t = time.ticks_us() / 40000
        pipe.write(struct.pack(layout, *[math.sin(t + phase) for phase in phases]))
        time.sleep_ms(1)
def start(*what):
    _thread.start_new_thread(produce, what)
start("adc", "<f", (0,))
"""
IMU = "start('imu', '<fff', (0, 1, 2))"

START = """%matplotlib widget
import struct, time
from ukernel.pipes import live_plot, stop_live
"""


@pytest.fixture(scope="module")
def notebook(browser, tmp_path_factory):
    """A notebook whose plain cells run on the host, with a virtual board that produces samples."""
    browser.open()
    notebook = Notebook.launch(browser, "µcore")
    assert "Connected to" in notebook.run(f"%connect sim://live-plot?dir={tmp_path_factory.mktemp('board')}")
    assert notebook.run(PRODUCERS) == ""
    assert notebook.run(START) == ""
    return notebook


#: Looks at the last canvas of the page.
CANVAS = "[...document.querySelectorAll('.jupyter-matplotlib-canvas-container canvas:first-child')].at(-1)"
PICTURE = "[...document.querySelectorAll('.jp-OutputArea-output img')].at(-1)?.src ?? ''"
COUNT = """
const done = arguments[arguments.length - 1], seen = new Set(), end = performance.now() + arguments[0];
const look = () => {
  seen.add(LOOK);
  performance.now() < end ? setTimeout(look, 30) : done(seen.size);
};
look();
"""


def count(browser, what=f"{CANVAS}?.toDataURL() ?? ''", seconds=SECONDS):
    """Different pictures that can be seen in some seconds."""
    return browser.driver.execute_async_script(COUNT.replace("LOOK", what), seconds * 1000)


def moves(browser):
    return count(browser, seconds=0.3) > 1


def stands(browser):
    return count(browser, seconds=0.5) == 1


def scroll(browser):
    """Brings the chart to the middle, and the mouse out of the way."""
    ActionChains(browser.driver).move_to_element(browser.visible(".jp-NotebookPanel-toolbar")).perform()
    browser.script(f"{CANVAS}.scrollIntoView({{block: 'center'}})")


def pixels(browser):
    """What the canvas shows: the size and a hash of the colours."""
    url = browser.script(f"return {CANVAS}.toDataURL();")
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB"))
    return f"{image.shape} {hashlib.sha256(image.tobytes()).hexdigest()}"


PIXELS = """
import hashlib, numpy
from ukernel.pipes.live import live_plot as module
def chart(name):
    return next(live for key, live in module._charts.items() if key[0] == name)._screen.figure
def pixels(name):
    image = numpy.asarray(chart(name).canvas.buffer_rgba())[:, :, :3]
    print(image.shape, hashlib.sha256(image.tobytes()).hexdigest())
"""


def status(notebook, name):
    """What is written in the corner."""
    return notebook.run(f"print(chart({name!r}).status.get_text())")


def right(browser, notebook, name="adc"):
    """Whether the browser shows what was drawn."""
    return pixels(browser) == notebook.run(f"pixels({name!r})")


@pytest.fixture(scope="module")
def chart(browser, notebook):
    """A chart that moves, in a cell that was run three times."""
    assert notebook.run(PIXELS) == ""
    index = notebook.type("live_plot('adc', window=300, title='ADC channel 4 (V)')")
    notebook.finish(index)
    for _ in range(2):
        browser.script("notebook.activeCellIndex = arguments[0];", index)
        number = notebook.prompt(index)
        browser.command("notebook:run-cell")
        browser.until(lambda: notebook.prompt(index) not in (number, "[*]:"), "another run")  # noqa: B023
    browser.visible(".jupyter-matplotlib-canvas-container canvas")
    browser.until(lambda: moves(browser), "a chart that moves")
    return notebook


def test_a_chart_moves(browser, chart):
    assert len(browser.all(".jupyter-matplotlib-canvas-container")) == 1
    assert browser.all(".jp-OutputArea-output img") == []
    scroll(browser)
    browser.screenshot("live-plot-1")
    first = pixels(browser)
    browser.until(lambda: count(browser) >= LEAST * SECONDS, "enough pictures")
    browser.screenshot("live-plot-2")
    assert pixels(browser) != first
    (rate,) = re.findall(r"([\d,]+) samples/s", status(chart, "adc"))
    assert int(rate.replace(",", "")) > 100  # of a thousand, on a machine that is busy


@pytest.mark.parametrize(
    "cell",
    [
        "%%ucore\nprint('begun')\nwhile True: time.sleep(1)",
        "%%ucore\nprint('begun')\nwhile True:\n    print('.')\n    time.sleep(0.01)",
        "print('begun', flush=True)\ntime.sleep(1000)",
        "print('begun', flush=True)\nwhile True: pass",
    ],
    ids=["board sleeps", "board prints", "host sleeps", "host computes"],
)
def test_it_moves_while_another_cell_runs(browser, chart, cell):
    index = chart.type(cell)
    chart.wait_for(index, "begun")
    browser.until(lambda: count(browser) >= LEAST * SECONDS, "enough pictures")
    assert chart.prompt(index) == "[*]:"
    browser.command("kernelmenu:interrupt")
    assert "KeyboardInterrupt" in chart.finish(index)


def test_the_user_zooms_while_it_moves(browser, chart):
    scroll(browser)
    browser.script("document.querySelectorAll('.jupyter-matplotlib-button')[3].click()")  # pan
    canvas = browser.all(".jupyter-matplotlib-canvas-container canvas:first-child")[-1]
    for step in (40, -15, 30):
        mouse = ActionChains(browser.driver, duration=20).move_to_element(canvas).click_and_hold()
        for _ in range(8):
            mouse.move_by_offset(step // 8, 3)
        mouse.release().perform()
    limits = [
        float(number)
        for number in re.findall(r"-?\d+\.\d+", chart.run("print(chart('adc').axes[0].get_xlim())"))
    ]
    assert limits != [-299.0, 0.0]
    browser.until(lambda: moves(browser), "a chart that moves on")
    chart.run("stop_live('adc')")
    browser.until(lambda: right(browser, chart), "the right picture")
    assert stands(browser)


def test_a_stopped_chart_can_be_operated(browser, chart):
    scroll(browser)
    before = pixels(browser)
    browser.script("document.querySelectorAll('.jupyter-matplotlib-button')[0].click()")  # home
    browser.until(lambda: pixels(browser) != before, "another picture")
    browser.until(lambda: right(browser, chart), "the right picture")
    assert "(-299.0, 0.0)" in chart.run("print(tuple(map(float, chart('adc').axes[0].get_xlim())))")
    scroll(browser)
    browser.screenshot("live-plot-stopped")
    width = browser.script(f"return {CANVAS}.width")
    handle = browser.all(".jupyter-matplotlib-canvas-container canvas")[-1]
    size = handle.size
    scroll(browser)
    corner = (size["width"] // 2 - 5, size["height"] // 2 - 5)
    ActionChains(browser.driver).move_to_element_with_offset(handle, *corner).click_and_hold().move_by_offset(
        -100, 0
    ).release().perform()
    browser.until(lambda: browser.script(f"return {CANVAS}.width") < width - 50, "a smaller chart")
    browser.until(lambda: right(browser, chart), "the right picture")


def test_it_stops_with_its_pipe(browser, notebook):
    assert notebook.run(f"%%ucore\n{IMU}") == ""
    keywords = "decoder=lambda b: struct.unpack('<fff', b), labels=['x', 'y', 'z'], ylim=None"
    notebook.run(f"live_plot('imu', title='Accelerometer (g)', {keywords})")
    browser.until(lambda: moves(browser), "a chart that moves")
    notebook.run("%%ucore\nucore.close_pipe('imu')")
    browser.until(lambda: "pipe closed" in status(notebook, "imu"), "the end of the pipe")
    browser.until(lambda: right(browser, notebook, "imu"), "the right picture")
    assert stands(browser)
    scroll(browser)
    browser.screenshot("live-plot-three-axes")


def test_it_stops_after_its_time(browser, notebook):
    notebook.run("live_plot('adc', duration=3)")
    browser.until(lambda: moves(browser), "a chart that moves")
    browser.until(lambda: "stopped after 3 s" in status(notebook, "adc"), "the end")
    browser.until(lambda: right(browser, notebook), "the right picture")
    assert stands(browser)


def test_it_is_seen_while_its_own_cell_still_runs(browser, notebook):
    canvases = len(browser.all(".jupyter-matplotlib-canvas-container"))
    index = notebook.type("live_plot('adc')\nprint('shown', flush=True)\ntime.sleep(1000)")
    notebook.wait_for(index, "shown")
    browser.until(
        lambda: len(browser.all(".jupyter-matplotlib-canvas-container")) >= canvases and moves(browser),
        "a chart",
    )
    assert notebook.prompt(index) == "[*]:"
    browser.command("kernelmenu:interrupt")
    assert "KeyboardInterrupt" in notebook.finish(index)
    browser.until(lambda: moves(browser), "a chart that moves on")


def pictures(browser):
    """The picture beside each widget, which a saved notebook has."""
    bundles = [
        output["data"]
        for cell in browser.script("return notebook.model.toJSON();")["cells"]
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    ]
    return [bundle["image/png"] for bundle in bundles]


def has_line(png):
    data = base64.b64decode(png if isinstance(png, str) else "".join(png))
    image = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    return (np.abs(image.astype(int) - (0x1F, 0x77, 0xB4)).sum(axis=2) < 30).sum() > 200


def test_a_reload_of_the_page_keeps_it_moving(browser, notebook):
    browser.until(lambda: has_line(pictures(browser)[-1]), "an early picture")
    browser.script("return app.commands.execute('docmanager:save').then(() => null);")
    browser.driver.refresh()
    notebook.wait()
    browser.until(lambda: moves(browser), "a chart that moves")


def test_a_saved_notebook_has_the_last_pictures(browser, notebook):
    notebook.run("stop_live()")
    browser.until(lambda: stands(browser), "a chart that stands")
    browser.script("return app.commands.execute('docmanager:save').then(() => null);")
    saved = pictures(browser)
    assert len(saved) >= 3
    assert all(map(has_line, saved))
    assert browser.script("return JSON.stringify(notebook.model.toJSON());").count("replaced") == 0


def test_without_the_widget_backend_a_picture_changes(browser, notebook):
    notebook.run("%matplotlib inline")
    index = notebook.type("live_plot('adc', title='ADC channel 4 (V)')")
    assert "%matplotlib widget" in notebook.finish(index)
    browser.until(lambda: count(browser, PICTURE) >= 5, "a picture that changes")
    browser.script("[...document.querySelectorAll('.jp-OutputArea-output img')].at(-1).scrollIntoView()")
    browser.screenshot("live-plot-inline")
    notebook.run("stop_live()")
    browser.until(lambda: count(browser, PICTURE, 0.5) == 1, "a picture that stands")
    assert notebook.run("live_plot('adc')\nstop_live()") == ""


def test_the_page_has_nothing_to_complain_about(browser, notebook):
    assert [error for error in browser.errors() if "favicon" not in error] == []
