"""The tests with other Pythons, and with the oldest releases of what the package depends on.

`python3 -m tools.versions` makes an environment for each row of `ROWS` in `.versions` and runs a part of the
tests there; `... 3.14-newest` runs one row alone. A Python that is not to be had is said in the end; packages
that cannot be fetched fail the run, as a failed test does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tools.pypi import fetch
from tools.pythons import NoPythonError, find
from tools.store import UnavailableError, locked

ROOT = Path(__file__).parents[1]
PLACE = ROOT / ".versions"
UV = "uv==0.13.8"

#: Which Python, and which releases of the packages. The oldest ones have wheels for the oldest Python alone.
ROWS = ("3.11-oldest", "3.11-newest", "3.12-newest", "3.13-newest", "3.14-newest", "3.15-newest")

#: Tests of what knows a library or much of Python: those of the quick check, and a few whole kernels.
QUICK = (
    "--quick",
    "--ignore=tests/ukernel/test_alone.py",  # wants to be where the kernel is not installed
    *("tests/analysis", "tests/api", "tests/bridge", "tests/config", "tests/debugging", "tests/discovery"),
    *("tests/displays", "tests/kernel", "tests/packages", "tests/snippets", "tests/subkernel"),
    *("tests/syntax", "tests/testing", "tests/transports", "tests/ukernel"),
)
KERNELS = tuple(
    f"tests/end_to_end/test_{name}.py"
    for name in ("conformance", "console", "debugger", "host_features", "interrupts", "notebooks", "widgets")
)
#: Old packages warn of what newer ones have mended; one test takes warnings for errors by itself.
OLD = (
    "-W=ignore::DeprecationWarning",
    "--deselect=tests/ukernel/live/test_live_plot.py::test_a_plain_script_without_a_display",
)
WORKERS = ("--numprocesses=3", "--dist=loadfile", "--no-loadscope-reorder")


def run(row: str) -> str:
    """Make the environment of a row and run the tests there; returns what became of it.

    Args:
        row: One of `ROWS`.

    Raises:
        UnavailableError: The Python or a package is not to be had.
    """
    version, _, releases = row.partition("-")
    python = find(version).make_environment(PLACE / row)
    _install(python, version, oldest=releases == "oldest")
    started = time.monotonic()
    options = OLD if releases == "oldest" else ()
    results = [_test(python, *QUICK, *options), _test(python, *KERNELS, *options)]
    minutes = (time.monotonic() - started) / 60
    return f"{'; '.join(results)} ({minutes:.0f} minutes)"


def _install(python: Path, version: str, *, oldest: bool) -> None:
    """Install the package, all that it can use and what its tests need; only wheels, nothing is compiled."""
    resolution = "lowest-direct" if oldest else "highest"
    options = (f"--python-version={version}", f"--resolution={resolution}", "--all-extras", "--group=test")
    packages = _uv("compile", "--only-binary=:all:", *options, "--no-header", "pyproject.toml")
    chosen = python.parents[1] / "packages.txt"
    chosen.write_text(packages)
    _uv("install", f"--python={python}", "--only-binary=:all:", "--no-deps", f"--requirement={chosen}")
    _uv("install", f"--python={python}", "--no-deps", "--no-build-isolation", ".")  # of the checkout


def _uv(verb: str, *arguments: str) -> str:
    uv = fetch(UV) / "bin" / "uv"
    done = subprocess.run(
        [
            str(uv),
            "pip",
            verb,
            "--quiet",
            "--system-certs",
            *arguments,
        ],  # whom this computer trusts, as pip does
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    if done.returncode != 0:
        raise UnavailableError(f"uv pip {verb} failed:\n{done.stderr.strip()}")
    return done.stdout


def _test(python: Path, *arguments: str) -> str:
    """Run pytest, whose output is shown as it comes; returns how it ended.

    What fails is tried once more, without workers beside it: some tests wait for an answer that comes late
    on a busy computer, and caches are empty in a fresh environment.
    """
    if _pytest(python, *arguments, *WORKERS) == 0:
        return "passed"
    again = ("--last-failed", "--last-failed-no-failures=none", "--maxfail=30")
    return "passed at the second try" if _pytest(python, *arguments, *again) == 0 else "FAILED"


def _pytest(python: Path, *arguments: str) -> int:
    environment = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    command = [str(python), "-m", "pytest", "-q", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _try(row: str) -> str:
    """Run a row, which is told above its output, and remove its environment."""
    sys.stdout.write(f"== {row}\n")
    sys.stdout.flush()
    try:
        return run(row)
    except NoPythonError as error:
        return f"not tried: {error}"
    except UnavailableError as error:
        return f"FAILED: {error}"
    finally:
        shutil.rmtree(PLACE / row, ignore_errors=True)


def main() -> int:
    """Run all rows, or those named on the command line, and print what became of each."""
    parser = argparse.ArgumentParser(description="Run tests with other Pythons and the oldest packages.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    rows = parser.parse_args().rows or ROWS
    if unknown := [row for row in rows if row not in ROWS]:
        parser.error(f"there is no row {unknown[0]}, only {', '.join(ROWS)}")
    with locked("versions"):
        table = {row: _try(row) for row in rows}
    sys.stdout.write("".join(f"{row}: {result}\n" for row, result in table.items()))
    return 1 if any("FAILED" in result for result in table.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
