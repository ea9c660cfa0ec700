"""`RemoteFiles`: all that can be asked of a board's files and done to them, and which way contents go.

Blocking; prints nothing. This is the only module that knows more than one way for contents: `stream_transfer`
first, and `literal_read` or `literal_write` where the board lacks something for it or has too little memory.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.files import batch, literal_read, literal_write, stream_transfer
from iot_kernel.files.batch import BATCH
from iot_kernel.files.blocks import FileToSend
from iot_kernel.files.board import FileBoard
from iot_kernel.files.errnos import EISDIR, ENOENT, board_error
from iot_kernel.files.errors import TransferError
from iot_kernel.files.listing import Listings
from iot_kernel.files.paths import normal, parent, temporary
from iot_kernel.files.progress import Total
from iot_kernel.files.remote_call import RemoteCaller
from iot_kernel.files.remote_reply import Answer, literal
from iot_kernel.files.tree import RemoteFile, Space, Tree, TreeReader, space_of, stat_of
from iot_kernel.snippets import OWN

#: Takes how many bytes of a file are dealt with; they never become fewer. On any thread; must not block.
OnProgress = Callable[[int], None]

#: bytes of all files that are read at once; more than any file system of a board holds, and less than would
#: hurt the host.
LONGEST_FILE = 1 << 28

#: Sizes of files for which a listing asks digests; with more of them the question costs more than it saves.
MOST_SIZES = 200

#: The errno of a board that the fast way leaves too little memory; the plain one needs less.
NO_MEMORY = 12

#: Opens a file also where a user's variable is called ``open``.
_OPEN = f"{OWN}.open({{}},'rb')"

T = TypeVar("T")


class RemoteFiles:
    """The files of one board. The constructor touches nothing.

    Paths are absolute; without a slash in front they count from the root. Errors of the board's file system
    are Python's own (FileNotFoundError, IsADirectoryError, PermissionError where it is read-only, ...), with
    the board's path in the form ``:/path``. All methods also raise what `FileBoard.exec` does.

    Args:
        board: the board.

    Attributes:
        on_change: takes the path of each file or directory that is about to be written or removed.
    """

    def __init__(self, board: FileBoard) -> None:
        self.on_change: Callable[[str], None] = lambda _: None
        self._board = board
        self._asker = RemoteCaller(board)
        self._listings = Listings()
        self._is_fast = True

    # Looking

    def absolute(self, path: str) -> str:
        """Returns a path counted from the board's current directory; asks the board only where it matters."""
        if path.startswith("/"):
            return normal(path)
        answers, _ = self._asker.ask(["current_directory"], "__iot_current__", "/")
        match answers:
            case [(bytes(current),)]:
                return normal(f"{current.decode(errors='replace')}/{path}")
        raise _senseless(answers)

    def tree(self, root: str = "/", *, digest_sizes: Collection[int] | None = ()) -> Tree:
        """Lists all files and directories at and below a directory, in one execution.

        Args:
            root: the directory.
            digest_sizes: digests are computed of files with one of these sizes; None: of all files.
        """
        return self._list(root, digest_sizes, deep=True)

    def listing(self, path: str = "/") -> Tree:
        """Lists what is in one directory, and not what is below its directories."""
        return self._list(path, (), deep=False)

    def stat(self, path: str) -> RemoteFile | None:
        """Returns what is known of a file or directory; None where there is none."""
        return self.stats([path])[0]

    def stats(self, paths: Sequence[str]) -> list[RemoteFile | None]:
        """Returns what is known of several files and directories; see `stat`."""
        found: list[RemoteFile | None] = []
        for start in range(0, len(paths), BATCH):
            batch = [normal(path) for path in paths[start : start + BATCH]]
            names = tuple(self._asker.named(path) for path in batch)
            answers, capabilities = self._asker.ask(["stat_files"], "__iot_stat__", batch[0], names)
            if len(answers) != len(batch):
                raise _senseless(answers)
            found += [stat_of(path, said, capabilities) for path, said in zip(batch, answers, strict=True)]
        return found

    def space(self, path: str = "/") -> Space | None:
        """Returns how large the file system is that holds a path; None where the firmware cannot tell."""
        if not self._asker.capabilities.has_directories:
            return None
        answers, _ = self._asker.ask(["space"], "__iot_space__", path, normal(path))
        return space_of(answers[0][0] if answers and answers[0] else None)

    def read(self, path: str, on_progress: OnProgress = lambda _: None) -> bytes:
        """Returns a file's content, checked by its digest.

        Raises:
            TransferError: it arrived damaged three times.
        """
        return self.read_files([path], on_progress)[0]

    def read_files(self, paths: Sequence[str], on_progress: OnProgress = lambda _: None) -> list[bytes]:
        """Returns the contents of files; see `read`.

        Args:
            paths: of the files.
            on_progress: takes how many bytes of them all have come.
        """
        try:
            return self._receive([normal(path) for path in paths], on_progress)
        except FileNotFoundError as error:
            path = error.filename.removeprefix(":")
            found = self.stat(path)
            if found is not None and found.size < 0:  # FAT says of both that they are not there
                raise board_error(EISDIR, path) from None
            raise

    # Changing

    def write(self, path: str, data: bytes, on_progress: OnProgress = lambda _: None) -> None:
        """Writes a file, and makes the directories above it where they are missing.

        Whatever happens on the way, the file is the old one or the new one: the new content has another name
        until its digest is right.

        Raises:
            TransferError: it arrived damaged three times.
        """
        self.write_files({path: data}, on_progress)

    def write_files(self, contents: Mapping[str, bytes], on_progress: OnProgress = lambda _: None) -> None:
        """Writes files in their order, each as `write` does; if one fails, those before it are in place.

        Args:
            contents: by path.
            on_progress: takes how many bytes of them all are dealt with.
        """
        self._send([(_file_path(path), data) for path, data in contents.items()], on_progress)

    def copy(self, old: str, new: str) -> None:
        """Copies a file on the board; the copy is written as `write` does.

        Raises:
            TransferError: the copy was not right.
        """
        old, new = normal(old), _file_path(new)
        found = self.stat(old)
        if found is None or found.size < 0:
            raise board_error(ENOENT if found is None else EISDIR, old)
        self.on_change(new)
        if not self._asker.capabilities.has_rename:
            self.write(new, self.read(old))
        elif not batch.copy(self._asker, old, new, found.size):
            raise TransferError(new, "is not what was copied")

    def mkdirs(self, path: str) -> None:
        """Makes a directory, and those above it where they are missing; one that is there is fine."""
        path = normal(path)
        if path == "/":
            return
        self._asker.need_directories(path)
        self._asker.ask(["make_directories"], "__iot_mkdirs__", path, path)

    def remove(self, path: str) -> None:
        """Removes a file."""
        self.remove_files([path])

    def remove_files(self, paths: Sequence[str]) -> None:
        """Removes files in their order; if one cannot be removed, those before it are."""
        self._note_changes(paths)
        batch.remove(self._asker, [normal(path) for path in paths], directories=False)

    def remove_directories(self, paths: Sequence[str]) -> None:
        """Removes empty directories in their order; see `remove_files`."""
        batch.remove(self._asker, [normal(path) for path in paths], directories=True)

    def remove_tree(self, path: str) -> None:
        """Removes a file, or a directory with all in it; never the root, and nothing that is mounted.

        Raises:
            PermissionError: it is the root or a mount point.
        """
        path = normal(path)
        if path == "/" or (parent(path) == "/" and path in self.listing("/").mounts):
            raise PermissionError(errno.EPERM, "the root of a file system is never removed", f":{path}")
        found = self.stat(path)
        if found is None:
            raise board_error(ENOENT, path)
        if found.size < 0:
            self.on_change(path)
            batch.remove_tree(self._asker, path)
        else:
            self.remove(path)

    # The choice of the way for contents, which is made nowhere else

    def _receive(self, paths: Sequence[str], on_progress: OnProgress) -> list[bytes]:
        sources = [
            stream_transfer.Source(path, _OPEN.format(literal(self._asker.named(path)))) for path in paths
        ]
        told, limit = Total(on_progress), LONGEST_FILE // max(1, len(paths))
        try:
            return self._fast(lambda: self._receive_fast(sources, limit, told))
        except stream_transfer.BoardFailureError as error:
            if error.errno != NO_MEMORY:
                raise board_error(error.errno, paths[error.index], self._asker.platform) from None
        except stream_transfer.NotPossibleError:
            pass  # there is another way
        return literal_read.read_files(self._asker, paths, told, limit=limit)

    def _receive_fast(
        self, sources: Sequence[stream_transfer.Source], limit: int, told: Total
    ) -> list[bytes]:
        inflates = self._asker.capabilities.inflates
        return stream_transfer.receive(self._board, sources, limit=limit, on_progress=told, inflates=inflates)

    def _send(self, items: Sequence[tuple[str, bytes]], on_progress: OnProgress) -> None:
        self._note_changes([path for path, _ in items])
        named = [
            FileToSend(self._asker.named(path), self._asker.named(temporary(path)), data)
            for path, data in items
        ]
        told = Total(on_progress)
        placed = 0
        try:
            self._fast(
                lambda: stream_transfer.send(
                    self._board, named, told, inflates=self._asker.capabilities.inflates
                )
            )
        except stream_transfer.BoardFailureError as error:
            placed = error.index
            if error.errno != NO_MEMORY:
                path, data = items[placed]
                batch.prepare(self._asker, [(path, len(data))])  # which knows why a file has no place
                raise board_error(error.errno, path, self._asker.platform) from None
        except stream_transfer.NotPossibleError:
            pass  # there is another way
        else:
            return
        literal_write.write_files(self._asker, items[placed:], lambda index, done: told(placed + index, done))

    def _fast(self, transfer: Callable[[], T]) -> T:
        """Tries the fast way, until the board has turned out not to have one."""
        if not self._is_fast or not self._asker.capabilities.has_base64:
            raise stream_transfer.NotPossibleError
        try:
            return transfer()
        except stream_transfer.NotPossibleError as error:
            is_out_of_memory = getattr(error.__cause__, "ename", "") == "MemoryError"
            self._is_fast = is_out_of_memory or isinstance(error, stream_transfer.PathTooLongError)
            raise

    # Helpers

    def _note_changes(self, paths: Sequence[str]) -> None:
        for path in paths:
            self.on_change(normal(path))

    def _list(self, root: str, digest_sizes: Collection[int] | None, *, deep: bool) -> Tree:
        root = normal(root)
        capabilities = self._asker.capabilities
        if root != "/":
            self._asker.need_directories(root)
        sizes = None if digest_sizes is None else tuple(sorted(set(digest_sizes)))
        sizes = None if sizes is not None and len(sizes) > MOST_SIZES else sizes
        names = [*capabilities.digest_snippets, "list_tree" if capabilities.has_directories else "list_flat"]
        start = root if root != "/" else ""
        key = (root, deep, sizes != ())
        known = (self._listings.known(key),) if capabilities.has_directories else ()
        given = (start, sizes, capabilities.algorithm, capabilities.unit, deep, *known)

        def attempt() -> Tree:
            reader = TreeReader(root, capabilities)
            ungrouped = self._listings.ungrouped(key, reader.take)
            self._asker.once(names, "__iot_list__", root, *given, on_answer=ungrouped.take)
            self._listings.keep(key, ungrouped.groups)
            return reader.tree(self._asker.platform)

        return self._asker.again(attempt, root)


def _file_path(path: str) -> str:
    normalised = normal(path)
    if normalised == "/" or path.endswith("/"):
        raise board_error(EISDIR, normalised)
    return normalised


def _senseless(answers: list[Answer]) -> RemoteProtocolError:
    return RemoteProtocolError("asking for a file", repr(answers).encode())
