"""Follows one stream among the batches of a pipe: repetitions, gaps, and streams of others. Pure.

A broker may deliver a batch twice, or lose some. A pipe that is opened again, and another publisher with the
same name, are other streams; they are never mixed with the one that is followed.
"""

from __future__ import annotations

from ukernel.pipes.framing import Message
from ukernel.pipes.mqtt.batches import Batch


class Follower:
    """Makes messages, as a kernel sends them, of batches. The first batch says which stream is followed."""

    def __init__(self) -> None:
        #: the publisher that is followed; None before the first batch
        self.publisher: int | None = None
        #: the pipe has ended
        self.has_ended = False
        #: batches of other publishers under the same name
        self.foreign = 0
        self._stream = 0
        self._next = 0  # the number expected
        self._lost = 0

    def take(self, batch: Batch) -> list[Message]:
        """Takes a batch; gives the messages in it that are new, each with how many were lost until then."""
        if self.has_ended or not self._is_ours(batch):
            return []
        messages = []
        for number, data, arrived, clock in batch.messages:
            if number >= self._next:
                self._lost += number - self._next
                self._next = number + 1
                messages.append(Message(data, arrived, self._lost & 0xFFFFFFFF, clock))
        self.has_ended = batch.has_ended and batch.first >= self._next
        return messages

    def _is_ours(self, batch: Batch) -> bool:
        if self.publisher is None:
            if batch.has_ended:  # of a stream that ended before we came
                return False
            self.publisher, self._stream, self._next = batch.publisher, batch.stream, batch.first
        if batch.publisher != self.publisher:
            self.foreign += 1
            return False
        if batch.stream > self._stream:  # the pipe was opened again, and the end of ours was lost
            self.has_ended = True
        return batch.stream == self._stream
