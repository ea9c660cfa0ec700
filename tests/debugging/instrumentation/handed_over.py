"""What a checkpoint hands over, taken apart; on a board `bound` of ``debug_names.py`` does so."""


def parted(point, given):
    """The values that a checkpoint hands over.

    Args:
        point: the checkpoint.
        given: the arguments behind its number.
    """
    count = len(point.names) + bool(point.unsure)
    if count == 0:
        assert given == ()
        return []
    (values,) = given
    if count > 4:
        return list(values)
    parts = []
    while len(parts) < count - 1:
        part, values = values
        parts.append(part)
    return [*parts, values]
