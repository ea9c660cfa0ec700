"""Errors in the words of scripts: what to do next is a call there, where notebooks have a magic. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from iot_kernel.deployment.errors import DeployError
from iot_kernel.errors import DeviceError, IoTKernelError

#: What texts tell notebooks to do, and what programs do instead, one after the other. Advice for another
#: notebook, which has the board, stays.
_INSTEAD = (
    (r"%disconnect frees it, close\(\) in a program", "close() frees it"),
    (r"'%connect' connects it", "close() this one, and connect() that one"),
    (r"'%connect'", "connect()"),
    (r"'%connect ([^']+)'", r"iot_kernel.connect('\1')"),
    (r"%connect (\S+)", r"iot_kernel.connect('\1')"),
    (r"'%discover -f' puts it aside and starts a new one", "without it a new one is started"),
    (r"%register (\S+)( or %discover -f)?", r"iot_kernel.connect('\1')"),
    (r"'?%discover(?: -v)?'?", "iot_kernel.discover()"),
    (r"'%softreset'|%softreset", "soft_reset()"),
    (r"'%hardreset'|%hardreset", "hard_reset()"),
    (r"'%cp -r DIRECTORY :/'", "files.put(DIRECTORY)"),
    (r"'%rsync -u'", "files.sync() without delete=True"),
    (r"'%pip install (\S+)' fetches one for %rsync", r"'pip install \1' fetches one for files.put()"),
    (r"'! ", "'"),
    (r"or set IOT_WEBREPL_PASSWORD", "set IOT_WEBREPL_PASSWORD, or connect with password='...'"),
    (r"the cell has (\d+) bytes of code and", r"the code has \1 bytes, and"),
    (r"split the cell", "split it"),
    (r"next (board cell or call|cell)\b", "next call"),
    (r"the cell\b", "the code"),
)

#: The same of deployments. Their errors also quote cells, so nothing else is changed in them.
_OF_DEPLOYMENTS = (
    (r"'%deploy --no-rehearsal'(?! is a magic)", "deploy(rehearse=False)"),
    (r"'%deploy --no-watch'(?! is a magic)", "deploy(watch=False)"),
    (r" '%deploy PATH\.ipynb' names a notebook$", ""),
    (r"%deploy (has put|needs files)", r"deploy() \1"),
    (r"'%cp (\S+) :(\S*)'(?! is a magic)", r"files.put('\1', '/\2')"),
    (r"'%upip install ([^']+)'(?! is a magic)", r"install('\1')"),
)


def in_words_of_scripts(text: str) -> str:
    """Returns a text of an error with calls instead of magics."""
    return _changed(text, _INSTEAD)


def deployment_in_words_of_scripts(text: str) -> str:
    """Does the same for what a deployment has to say."""
    return _changed(text, _OF_DEPLOYMENTS)


def reworded(error: BaseException) -> None:
    """Changes the text of an error that says what to do next; never what code has raised on the board."""
    if isinstance(error, DeviceError):
        return
    if isinstance(error, DeployError):
        error.problems = tuple(map(deployment_in_words_of_scripts, error.problems))
        error.args = ("\n".join(error.problems),)
        return
    if isinstance(error, IoTKernelError) and len(error.args) == 1 and isinstance(error.args[0], str):
        error.args = (in_words_of_scripts(error.args[0]),)
    elif isinstance(error, OSError) and isinstance(error.strerror, str):
        error.strerror = in_words_of_scripts(error.strerror)


def _changed(text: str, rules: Sequence[tuple[str, str]]) -> str:
    for pattern, instead in rules:
        text = re.sub(pattern, instead, text, flags=re.MULTILINE)
    return text
