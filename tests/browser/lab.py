"""JupyterLab in headless Chromium, driven as a person would: by what can be seen and clicked."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.request import urlopen

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.free_ports import free_port

TIMEOUT = 60  # s; nothing here takes that long unless the machine stands still
CELLS = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell"

#: Ends all kernels: those of other modules would keep a processor busy.
END_KERNELS = """
const done = arguments[arguments.length - 1];
window.jupyterapp.serviceManager.sessions.shutdownAll().then(() => done());
"""
ARTIFACTS = Path(__file__).parents[2] / "artifacts"


class Server:
    """A running Jupyter server with notebooks in ``directory``."""

    def __init__(self, directory: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.directory = directory
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": port,
            "ServerApp.root_dir": directory,
            "ServerApp.open_browser": False,
            "ServerApp.allow_root": True,
            "IdentityProvider.token": "",
            "LabApp.expose_app_in_browser": True,
            "JupyterNotebookApp.expose_app_in_browser": True,
        }
        self._log = (directory.parent / "server.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *(f"--{key}={value}" for key, value in options.items())],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd=directory,
        )

    def wait(self) -> None:
        """Returns once it answers."""
        end = time.monotonic() + TIMEOUT
        while True:
            try:
                with urlopen(f"{self.url}/api/status", timeout=5):
                    return
            except OSError:
                assert self._process.poll() is None, "the server ended"
                assert time.monotonic() < end, "the server does not answer"
                time.sleep(0.1)

    def close(self) -> None:
        """Ends the server and its kernels."""
        self._process.terminate()
        try:
            self._process.wait(TIMEOUT)
        finally:
            self._process.kill()
            self._process.wait()
            self._log.close()


class Browser:
    """A browser with JupyterLab in it; a context manager."""

    def __init__(self, server: Server, profile: Path) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = _program("chromium", "chromium-browser", "google-chrome")
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--window-size=1300,900",
            f"--user-data-dir={profile}",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options, webdriver.ChromeService(_program("chromedriver")))
        self.driver.set_script_timeout(TIMEOUT)
        self._url = server.url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.driver.quit()

    def open(self) -> None:
        """Ends all kernels, opens JupyterLab with an empty desk and waits for the launcher."""
        if self.driver.current_url.startswith(f"{self._url}/lab"):
            self.driver.execute_async_script(END_KERNELS)
        self.driver.get(f"{self._url}/lab?reset")
        self.visible(".jp-Launcher-body")
        self.errors()

    def screenshot(self, name: str) -> None:
        """Keeps what is to be seen now in ``artifacts``."""
        ARTIFACTS.mkdir(exist_ok=True)
        self.driver.save_screenshot(str(ARTIFACTS / f"{name}.png"))

    def visible(self, selector: str) -> WebElement:
        """Waits until something is to be seen, and returns it."""
        return self.until(lambda: next(filter(WebElement.is_displayed, self.all(selector)), None), selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """Waits until a condition holds and returns its value."""
        waiting = WebDriverWait(self.driver, TIMEOUT, 0.05, [StaleElementReferenceException])
        return waiting.until(lambda _: condition(), f"waiting for {what}")

    def script(self, source: str, *arguments: Any) -> Any:
        """Runs JavaScript; ``app`` is JupyterLab and ``notebook`` the open notebook."""
        head = "const app = window.jupyterapp, notebook = app.shell.currentWidget?.content;"
        return self.driver.execute_script(head + source, *arguments)

    def command(self, name: str) -> None:
        """Runs one of JupyterLab's commands, as its menus do; does not wait for its end."""
        self.script("app.commands.execute(arguments[0]);", name)

    def errors(self) -> list[str]:
        """What the page has complained about on its console since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]


class Notebook:
    """The notebook in front."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    @classmethod
    def launch(cls, browser: Browser, title: str) -> Self:
        """Opens a new one by a click on a kernel's tile in the launcher."""
        cards = (
            f'.jp-LauncherCard[data-category="Notebook"][title^="{title}"], .jp-LauncherCard[title="{title}"]'
        )
        browser.visible(cards).click()
        notebook = cls(browser)
        notebook.wait()
        return notebook

    @classmethod
    def open(cls, browser: Browser, path: str) -> Self:
        """Opens a file of the server's directory."""
        browser.script("app.commands.execute('docmanager:open', {path: arguments[0]});", path)
        notebook = cls(browser)
        notebook.wait()
        return notebook

    def wait(self) -> None:
        """Returns once all cells are there and the kernel is ready."""
        self.browser.visible(".jp-NotebookPanel .jp-Cell .cm-content")
        count = "return notebook?.widgets?.length ?? -1;"
        self.browser.until(lambda: len(self.browser.all(CELLS)) == self.browser.script(count), "all cells")
        self.browser.until(lambda: self.kernel_status() == "idle", "an idle kernel")

    def kernel_status(self) -> str:
        return self.browser.script(
            "return app.shell.currentWidget?.sessionContext?.session?.kernel?.status ?? '';"
        )

    def kernel_name(self) -> str:
        """The name in the notebook's toolbar."""
        return self.browser.visible(".jp-NotebookPanel .jp-KernelName").text

    def type(self, text: str) -> int:
        """Types a cell at the end and runs it with Shift+Enter; returns its index."""
        index = self.browser.script("return notebook.widgets.length - 1;")
        editing = "return notebook.activeCellIndex === arguments[0] && notebook.mode === 'edit';"

        def is_open() -> bool:
            self.cell(index).find_element(By.CSS_SELECTOR, ".cm-content").click()
            return bool(self.browser.script(editing, index))

        self.browser.until(is_open, "an open editor")
        # Paste, so that the editor does not indent what is already indented.
        self.browser.script(
            "notebook.widgets[arguments[0]].model.sharedModel.setSource(arguments[1]);", index, text
        )
        ActionChains(self.browser.driver).key_down(Keys.SHIFT).send_keys(Keys.ENTER).key_up(
            Keys.SHIFT
        ).perform()
        return index

    def cell(self, index: int) -> WebElement:
        return self.browser.all(CELLS)[index]

    def prompt(self, index: int) -> str:
        """What stands beside a cell: ``[*]:`` while it waits or runs, then its number."""
        return self.cell(index).find_element(By.CSS_SELECTOR, ".jp-InputPrompt").text

    def output(self, index: int) -> str:
        """The text to be seen below a cell."""
        return self.cell(index).find_element(By.CSS_SELECTOR, ".jp-Cell-outputWrapper").text

    def finish(self, index: int) -> str:
        """Waits until a cell has run and returns its output."""
        self.browser.until(lambda: self.prompt(index).strip("[]: ").isdigit(), f"the end of cell {index}")
        return self.output(index)

    def run_next(self) -> int:
        """Runs the cell that is selected, and selects the next one; returns its index."""
        index = self.browser.script("return notebook.activeCellIndex;")
        self.browser.command("notebook:run-cell-and-select-next")
        return int(index)

    def run_again(self, index: int) -> None:
        """Runs a cell that is there, as Shift+Enter does in it."""
        self.browser.script("notebook.activeCellIndex = arguments[0];", index)
        self.browser.command("notebook:run-cell-and-select-next")

    def run(self, text: str) -> str:
        """Runs a cell to its end and returns its output."""
        return self.finish(self.type(text))

    def wait_for(self, index: int, text: str) -> None:
        """Waits until a cell shows ``text``."""
        self.browser.until(lambda: text in self.output(index), f"{text!r} below cell {index}")


def _program(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    assert found, f"this test needs {names[0]}: apt-get install chromium chromium-driver"
    return found
