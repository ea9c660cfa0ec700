"""Listings in JupyterLab and Notebook 7: both themes, narrow and wide, trusted or not; kept as pictures."""

import os

import nbformat
import pytest

from iot_kernel.device.device import Device
from tests.browser.lab import Notebook
from tools import boards

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
LAYOUT = {"light": "white", "dark": "#111"}  # the background of outputs
WIDTHS = (800, 1600)  # pixels
HEIGHT = 3000  # pixels; the whole notebook is to be seen
PAGES, BOXES, LONG_BOXES = 8, 9, 2  # displays with HTML, tables in them, and those that scroll

HOSTILE = "<img src=x onerror=document.title='harmed'>.py"
FORMULA = "cost$1$.csv"
LONG = "a_name_that_is_as_long_as_a_file_system_of_a_board_allows_" * 4 + ".json"

PIPES = """import ucore
adc, imu = ucore.open_pipe("adc"), ucore.open_pipe("imu")
for sample in range(40):
    adc.write(b"12")"""

#: A bar as it stands while something is copied.
PROGRESS = """%%host
from IPython.display import display
from iot_kernel.magics.progress import bundle, describe
display(bundle(describe("copying", 48_000, 120_000, 9_000), 0.4), raw=True)
display(bundle("looking for packages", None), raw=True)"""

CELLS = [
    PIPES,
    "%discover -v",
    "%info -v",
    "%pipes",
    "%rlist",
    "%rdiff",
    "%lsmagic",
    PROGRESS,
]


@pytest.fixture(scope="module")
def path(server):
    """A notebook, not yet run, for a board that has files, and shall have others."""
    base = server.directory.parent
    # %discover would start the boards of other modules, and a line about its progress is one more page.
    (base / "jupyter_data_dir" / "iot-kernel" / "registry.json").unlink(missing_ok=True)
    board = server.directory / "greenhouse"
    fill(board)
    device = Device(f"sim://greenhouse?dir={board}&micropython={boards.micropython()}")
    uid = device.open().uid
    device.close()
    wanted = base / "projects" / "greenhouse"
    (wanted / "lib").mkdir(parents=True)
    for name in ("main.py", "lib/bme280.py", "lib/sht31.py", "lib/umqtt.py"):
        (wanted / name).write_text("print('new')\n" * 40)
    (base / "projects" / "devices").mkdir(exist_ok=True)
    (base / "projects" / "devices" / "boards.yaml").write_text(
        f'greenhouse:\n  uid: "{uid}"\n  resources: [greenhouse]\n  exclude-patterns: [data]\n'
    )
    book = nbformat.v4.new_notebook()
    book.metadata.kernelspec = {"name": "iot", "display_name": "IoT Kernel", "language": "micropython"}
    book.cells = [
        nbformat.v4.new_code_cell(source) for source in ("%connect sim://greenhouse?dir=greenhouse", *CELLS)
    ]
    nbformat.write(book, server.directory / "listings.ipynb")
    return "listings.ipynb"


def fill(board):
    """Puts files on a board."""
    (board / "lib").mkdir(parents=True)
    (board / "data" / "2026").mkdir(parents=True)
    for name in (
        "main.py",
        "boot.py",
        "lib/old_driver.py",
        "lib/bme280.py",
        "struct.py",
        FORMULA,
        HOSTILE,
        LONG,
    ):
        (board / name).write_text("print('old')\n" * (len(name) % 90))
    for day in range(1, 22):
        (board / "data" / "2026" / f"november_{day:02}.csv").write_text("1, 2, 3\n" * day * 31)
    for file in board.rglob("*"):
        os.utime(file, (1_795_000_000, 1_795_000_000))


#: What there is to be said about the listings that can be seen: texts that are hard to read, boxes, and harm.
LOOK = """
const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
const known = new Map();
function rgba(colour) {
  if (!known.has(colour)) known.set(colour, painted(colour));
  return known.get(colour);
}
function painted(colour) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data].map(value => value / 255);
}
const over = (top, below) => below.map((value, i) => i < 3 ? top[i] * top[3] + value * (1 - top[3]) : 1);
const behind = element => element === null ? [1, 1, 1, 1]
  : over(rgba(getComputedStyle(element).backgroundColor), behind(element.parentElement));
const linear = value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const luminance = c => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
function contrast(element) {
  const below = behind(element);
  const both = [over(rgba(getComputedStyle(element).color), below), below].map(luminance);
  return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
}
const pages = [...notebook.node.querySelectorAll('.jp-OutputArea-output .mathjax_ignore')];
const texts = pages.flatMap(page => [...page.querySelectorAll('td, th, div')])
  .filter(element => element.children.length === 0 && element.innerText.trim());
const boxes = pages.flatMap(page => [...page.querySelectorAll(':scope > div')])
  .filter(box => box.querySelector('table'));
const long = boxes.filter(box => box.scrollHeight > box.clientHeight);
function staysAbove(box) {
  const above = () => box.querySelector('th').getBoundingClientRect().top - box.getBoundingClientRect().top;
  const before = above();
  box.scrollTop = 60;
  const moved = before - above();
  box.scrollTop = 0;
  return Math.abs(moved) < 1;
}
const areas = [...notebook.node.querySelectorAll('.jp-OutputArea-output')];
const verb = texts.find(element => element.innerText === 'DELETE');
return {
  pages: pages.length,
  pale: texts.map(element => [contrast(element), element.innerText]).filter(pair => pair[0] < 4.5),
  boxes: boxes.length,
  long: long.map(box => [getComputedStyle(box).overflowY, box.clientHeight]),
  heads: long.map(staysAbove),
  wide: areas.filter(area => area.scrollWidth > area.clientWidth).map(area => area.innerText),
  marked: getComputedStyle(verb).color !== getComputedStyle(verb.nextSibling).color,
  title: document.title,
  harm: document.querySelectorAll('.jp-OutputArea img, .jp-OutputArea mjx-container').length,
};
"""


@pytest.fixture
def window(browser):
    """The browser's window, which has its size and theme again in the end."""
    yield browser.driver
    themed(browser, "light")
    browser.driver.set_window_size(1300, 900)


def themed(browser, theme):
    """Changes the theme, and waits until it is there."""
    browser.script("app.commands.execute('apputils:change-theme', {theme: arguments[0]});", THEMES[theme])
    seen = "return getComputedStyle(document.body).getPropertyValue('--jp-layout-color0').trim();"
    browser.until(lambda: browser.script(seen) == LAYOUT[theme], f"the {theme} theme")


def pictures(browser, name, themes=tuple(THEMES), widths=WIDTHS):
    """Looks at the listings in each theme and width, and keeps a picture of each."""
    for theme in themes:
        themed(browser, theme)
        for width in widths:
            browser.driver.set_window_size(width, HEIGHT)
            browser.until(lambda: browser.script("return window.innerWidth;") == width, "the window")  # noqa: B023
            seen = browser.script(LOOK)
            browser.screenshot(f"tables-{name}-{theme}-{width}")
            assert (seen["pale"], seen["wide"]) == ([], [])
            assert (seen["pages"], seen["boxes"]) == (PAGES, BOXES)
            assert len(seen["long"]) >= LONG_BOXES
            assert all(how == "auto" and height <= 32 * 14 for how, height in seen["long"])
            assert seen["marked"]
            assert name == "untrusted" or all(seen["heads"])
            assert "harmed" not in seen["title"]
            assert seen["harm"] == 0


def test_listings_are_calm_and_can_be_read(browser, server, window, path):
    browser.open()
    Notebook.open(browser, path)
    browser.script("return app.commands.execute('notebook:run-all-cells').then(() => null);")
    pictures(browser, "lab")
    browser.script("return app.commands.execute('docmanager:save').then(() => null);")
    window.get(f"{server.url}/notebooks/{path}")
    Notebook(browser).wait()
    pictures(browser, "notebook")
    book = nbformat.read(server.directory / path, as_version=4)
    for cell in book.cells:
        cell.source += "\n# by somebody else"
    nbformat.write(book, server.directory / "strange.ipynb")
    window.get(f"{server.url}/notebooks/strange.ipynb")
    Notebook(browser).wait()
    trusted = "return [...notebook.model.cells].map(cell => cell.trusted);"
    assert not any(browser.script(trusted))
    pictures(browser, "untrusted", ["dark"], [1600])
