"""What waits for a broker, what is kept, and what is dropped."""

from iot_kernel.pipes.outbox import CONFIRMED_SIZE, KEEP_CONFIRMED, PARCEL_COST, Outbox, Parcel
from tests.each import each


def parcel(number, count=1, size=100):
    return Parcel(f"{number}", bytes(size), count)


def box_of(count, limit=10**6):
    box = Outbox(limit)
    for number in range(count):
        box.put(parcel(number))
    return box


def send(box, *, first=0):
    """Sends all; parcels are numbered from ``first``."""
    topics = []
    while (taken := box.take()) is not None:
        box.begin(first + len(topics), taken)
        topics.append(taken.topic)
    return topics


def test_parcels_go_in_their_order_and_are_counted_when_they_are_confirmed():
    box = box_of(3)
    assert send(box) == ["0", "1", "2"]
    assert (box.under_way, box.sent, box.is_empty) == (3, 0, False)
    for number in (0, 1, 2):
        box.confirm(number, 0.0)
    assert (box.under_way, box.sent, box.is_empty, box.size, box.lost) == (0, 3, True, 0, 0)


def test_a_confirmation_that_nobody_waits_for_is_nothing():
    box = box_of(1)
    box.confirm(17, 0.0)
    assert not box.refuse(17)
    assert send(box) == ["0"]


def test_the_oldest_make_room_and_ends_stay():
    box = Outbox(3 * (100 + PARCEL_COST))
    for number, count in enumerate((0, 5, 7, 1, 1)):
        box.put(parcel(number, count))
    assert box.lost == 12
    assert send(box) == ["0", "3", "4"]


def test_one_that_is_larger_than_the_box_goes_through():
    box = Outbox(10)
    box.put(parcel(0))
    assert send(box) == ["0"]


@each("is_known, expected", [(True, ["2", "3"]), (False, ["0", "1", "2", "3"])])
def test_after_a_new_connection(is_known, expected):
    box = box_of(4)
    for number in range(3):
        box.begin(number, box.take())
    box.confirm(0, 10.0)
    box.confirm(1, 10.5)
    size = box.size
    box.begin_again(is_known=is_known)
    assert send(box, first=10) == expected
    for number in range(10, 14):
        box.confirm(number, 11.0)
    assert (box.sent, box.lost, box.size, box.is_empty) == (4, 0, 0, True)
    assert size < 4 * (100 + PARCEL_COST)


def test_what_was_confirmed_long_ago_is_forgotten():
    box = box_of(2)
    send(box)
    box.confirm(0, 10.0)
    box.confirm(1, 10.1 + KEEP_CONFIRMED)
    box.begin_again(is_known=False)
    assert send(box) == ["1"]


def test_what_was_confirmed_is_kept_only_up_to_a_size():
    box = Outbox(10 * CONFIRMED_SIZE)
    for number in range(3):
        box.put(parcel(number, size=CONFIRMED_SIZE // 2))
    send(box)
    for number in range(3):
        box.confirm(number, 0.0)
    box.begin_again(is_known=False)
    assert send(box) == ["2"]


def test_repetitions_that_are_dropped_are_no_loss():
    box = Outbox(2 * (100 + PARCEL_COST))
    box.put(parcel(0))
    send(box)
    box.confirm(0, 0.0)
    box.begin_again(is_known=False)
    for number in (1, 2):
        box.put(parcel(number))
    assert box.lost == 0
    assert send(box) == ["1", "2"]


def test_what_is_refused_is_lost():
    box = box_of(2)
    send(box)
    assert box.refuse(0)
    box.confirm(1, 0.0)
    assert (box.sent, box.lost, box.is_empty, box.size) == (1, 1, True, 0)


def test_what_was_never_confirmed():
    box = box_of(3)
    for number in range(2):
        box.begin(number, box.take())
    box.confirm(0, 0.0)
    assert box.unsent == 2
    box.begin_again(is_known=False)
    assert box.unsent == 2
