"""What a checkpoint hands over, taken apart; on a board `parted` of ``debug_names.py`` does so."""


def parted(point, given):
    """The values that a checkpoint hands over.

    Args:
        point: the checkpoint.
        given: the arguments behind its number.
    """
    if len(point.names) + bool(point.unsure) <= 3:
        return list(given)
    first, second, rest = given
    return [first, second, *rest]
