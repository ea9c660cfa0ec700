"""One stream among batches: repetitions, gaps, and streams of others."""

from tests.each import each
from ukernel.pipes.framing import NO_CLOCK
from ukernel.pipes.mqtt.batches import Batch, NumberedMessage
from ukernel.pipes.mqtt.following import Follower


def batch(*numbers, publisher=1, stream=1):
    messages = tuple(NumberedMessage(number, bytes([number]), 10.0 + number) for number in numbers)
    return Batch(publisher, stream, numbers[0], messages)


def end(number, publisher=1, stream=1):
    return Batch(publisher, stream, number, has_ended=True)


def followed(*batches):
    follower = Follower()
    messages = [message for batch in batches for message in follower.take(batch)]
    return [(message.data[0], message.lost) for message in messages], follower


def test_messages_keep_their_data_and_times():
    (message,) = Follower().take(batch(3))
    assert (message.data, message.arrived, message.lost, message.clock) == (b"\3", 13.0, 0, NO_CLOCK)


@each(
    "batches, messages",
    [
        ([batch(0, 1), batch(2)], [(0, 0), (1, 0), (2, 0)]),
        ([batch(5, 6)], [(5, 0), (6, 0)]),  # what was before us is no loss
        ([batch(0, 3), batch(4, 7)], [(0, 0), (3, 2), (4, 2), (7, 4)]),
        ([batch(0, 1), batch(0, 1), batch(2)], [(0, 0), (1, 0), (2, 0)]),  # a repetition
        ([batch(0), batch(1), batch(0), batch(1), batch(2)], [(0, 0), (1, 0), (2, 0)]),
        ([batch(0, 1), batch(1, 2)], [(0, 0), (1, 0), (2, 0)]),
        ([batch(0), batch(0, publisher=2), batch(1)], [(0, 0), (1, 0)]),
        ([end(9), batch(0, stream=2)], [(0, 0)]),  # the end of a stream before ours
        ([batch(0, stream=2), end(9, stream=1), batch(1, stream=2)], [(0, 0), (1, 0)]),
        ([batch(0), end(1), batch(1)], [(0, 0)]),
    ],
)
def test_what_is_made_of_batches(batches, messages):
    assert followed(*batches)[0] == messages


@each(
    "batches, has_ended",
    [
        ([batch(0), end(1)], True),
        ([batch(0), end(9)], True),  # the last ones were lost
        ([batch(0), end(1, publisher=2)], False),
        ([batch(0), batch(0, stream=2)], True),  # opened again; the end was lost
        ([batch(0, stream=2), batch(5, stream=1)], False),
        ([end(3)], False),
    ],
)
def test_when_a_pipe_has_ended(batches, has_ended):
    assert followed(*batches)[1].has_ended == has_ended


def test_batches_of_others_are_counted():
    _, follower = followed(batch(0), batch(0, publisher=2), batch(1, publisher=3), batch(1))
    assert follower.foreign == 2
