"""Changes of a board's directories: makes, removes, copies and renames, many paths in one question.

The contents of files are sent and read by other modules.
"""

from __future__ import annotations

from collections.abc import Sequence

from iot_kernel.files.errnos import board_error
from iot_kernel.files.paths import temporary
from iot_kernel.files.remote_call import RemoteCaller
from iot_kernel.files.remote_reply import Answer, DamagedError

#: How many paths go to the board at once: they have to fit into its memory.
BATCH = 32


def prepare(asker: RemoteCaller, sizes: Sequence[tuple[str, int]]) -> None:
    """Asks for the space that files need, and makes the directories above them.

    Args:
        asker: of the board.
        sizes: paths and bytes of the files, at most `BATCH`.

    Raises:
        OSError: there is no space for one of them, or its place is taken.
    """
    if not asker.capabilities.has_directories:
        for path, _ in sizes:
            asker.named(path)
        return
    answers, _ = asker.ask(["make_directories", "prepare_files"], "__iot_prepare__", "/", tuple(sizes))
    _check(asker, answers, [path for path, _ in sizes])


def copy(asker: RemoteCaller, old: str, new: str, size: int) -> bool:
    """Copies a file on the board.

    Args:
        asker: of a board with directories.
        old: the file.
        new: the copy; what has this name is replaced as a whole.
        size: of the file.

    Returns:
        Whether the copy is right; else there is none.
    """
    prepare(asker, [(new, size)])
    capabilities, on_the_way = asker.capabilities, temporary(new)
    names = [*capabilities.digest_snippets, "place_file", "copy_file"]
    given = (old, new, on_the_way, capabilities.algorithm, capabilities.unit)
    try:
        answers, _ = asker.ask(names, "__iot_copy__", old, *given)
    except BaseException:
        asker.discard(on_the_way)
        raise
    if answers:
        return True
    asker.discard(on_the_way)
    return False


def remove(asker: RemoteCaller, paths: Sequence[str], *, directories: bool) -> None:
    """Removes files, or empty directories, in their order.

    Raises:
        OSError: one of them cannot be removed; those before it are.
    """
    action = "rmdir" if directories else "remove"
    for start in range(0, len(paths), BATCH):
        batch = paths[start : start + BATCH]
        names = tuple(asker.named(path) for path in batch)
        what = (["change_files"], "__iot_change__", batch[0], action, names)
        try:
            answers = asker.once(*what, False)
        except DamagedError:
            answers, _ = asker.ask(*what, True)  # which may find that it is done already
        _check(asker, answers, batch)


def remove_tree(asker: RemoteCaller, path: str) -> None:
    """Removes a directory with all in it."""
    asker.ask(["remove_tree"], "__iot_remove__", path, path)


def _check(asker: RemoteCaller, answers: list[Answer], paths: Sequence[str]) -> None:
    match answers:
        case [(int(index), number)] if 0 <= index < len(paths):
            raise board_error(number, paths[index], asker.platform)
