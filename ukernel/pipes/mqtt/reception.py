"""What a reader makes of messages below a prefix: which board is meant, its samples, and when they end. Pure.

Anybody who may write to the broker may write anything to these topics. What makes no sense is ignored, and
what is kept is bounded.
"""

from __future__ import annotations

from ukernel.pipes.framing import FramingError, Message
from ukernel.pipes.mqtt.batches import Batch, read_batch
from ukernel.pipes.mqtt.following import Follower
from ukernel.pipes.mqtt.topics import BoardStatus, read_status, read_topic

#: s for a publisher that has vanished without a word to come back: its network may be gone for a while, and
#: it has kept what its board has sent meanwhile.
GONE_PATIENCE = 30.0

#: boards below one prefix of which the status is kept.
MOST_BOARDS = 1000

#: batches that are kept until it is clear which board is meant: those of a fifth of a second.
MOST_EARLY = 1000

#: names in an answer
_MOST_NAMES = 20


class Reception:
    """The messages of one pipe.

    Args:
        prefix: of the topics.
        name: of the pipe.
        board: whose it is, and then nothing comes of others; None for the one board that publishes such a
            pipe.
    """

    def __init__(self, prefix: str, name: str, board: str | None) -> None:
        #: the board that is read; None while that is not clear
        self.board = board
        #: messages on these topics that made no sense
        self.strange = 0
        self._other = "nor any other" if board is None else f"nor any other of a board {board!r}"
        self._prefix = prefix
        self._name = name
        self._statuses: dict[str, BoardStatus] = {}
        self._early: list[tuple[str, Batch]] | None = [] if board is None else None
        self._follower = Follower()
        self._gone_at: float | None = None

    def take(self, topic: str, payload: bytes, *, is_retained: bool, now: float) -> list[Message]:
        """Takes a message from the broker.

        Args:
            topic: where it was.
            payload: its content.
            is_retained: it was there before we came.
            now: seconds of any clock.

        Returns:
            New messages of the pipe.
        """
        try:
            board, name = read_topic(self._prefix, topic)
            if name is None:
                self._take_status(board, read_status(payload), now)
            elif name == self._name and not is_retained:
                return self._take_batch(board, read_batch(payload))
        except FramingError:
            self.strange += 1
        return []

    def settle(self) -> list[Message]:
        """All that was there before us has come: chooses the board.

        Returns:
            Messages of the pipe that have come meanwhile.

        Raises:
            ValueError: several boards publish such a pipe.
        """
        early, self._early = self._early or [], None
        if self.board is None:
            boards = self._publishing()
            if len(boards) > 1:
                listed = ", ".join(map(repr, boards[:_MOST_NAMES]))
                advice = f"say which, as in '{boards[0]}:{self._name}'"
                raise ValueError(f"several boards publish a pipe {self._name!r}: {listed}; {advice}")
            self.board = boards[0] if boards else None
        return [message for board, batch in early for message in self._take_batch(board, batch)]

    def has_ended(self, now: float) -> bool:
        """Whether nothing more will come: the pipe was closed, or its publisher is gone for good."""
        is_gone = self._gone_at is not None and now - self._gone_at >= GONE_PATIENCE
        return self._follower.has_ended or is_gone

    def answer(self, place: str) -> dict[str, object]:
        """What is known of the pipe, as a kernel answers.

        Args:
            place: of the broker, for who reads it.
        """
        boards = [self.board] if self.board is not None else self._publishing()
        names = self._names()
        what = f"only {', '.join(map(repr, names))}" if names else self._other
        instead = f"no such pipe is published at {place}, {what}"
        return {"open": any(self._has_open(board) for board in boards), "pipes": names, "instead": instead}

    def _names(self) -> list[str]:
        """What is published at all, as a reader has to name it."""
        online = {board: status for board, status in self._statuses.items() if status.is_online}
        named = (f"{board}:{name}" for board, status in sorted(online.items()) for name in status.pipes)
        return [name for name, _ in zip(named, range(_MOST_NAMES), strict=False)]

    def _publishing(self) -> list[str]:
        return sorted(board for board in self._statuses if self._has_open(board))

    def _has_open(self, board: str) -> bool:
        status = self._statuses.get(board)
        return status is not None and status.is_online and self._name in status.pipes

    def _take_status(self, board: str, status: BoardStatus, now: float) -> None:
        if board in self._statuses or len(self._statuses) < MOST_BOARDS:
            self._statuses[board] = status
        if board != self.board or self._follower.publisher is None:
            return
        is_ours = status.publisher == self._follower.publisher
        if is_ours and status.is_online:
            self._gone_at = None
        elif is_ours or not status.publisher:
            self._gone_at = now if self._gone_at is None else self._gone_at
        elif status.is_online and self._gone_at is not None:  # started anew: ours will not come back
            self._gone_at = now - GONE_PATIENCE

    def _take_batch(self, board: str, batch: Batch) -> list[Message]:
        if self._early is not None:
            if len(self._early) < MOST_EARLY:
                self._early.append((board, batch))
            return []
        if self.board is None and not batch.has_ended:
            self.board = board
        if board != self.board:
            return []
        if batch.publisher == self._follower.publisher:
            self._gone_at = None
        return self._follower.take(batch)
