"""Reads a file piece by piece into one buffer: a board's memory would be full of holes otherwise."""


def __iot_pieces__(path, unit, buffers=[]):  # noqa: B006  kept on purpose
    from builtins import bytearray, memoryview, open

    if not buffers:
        buffers.append(memoryview(bytearray(unit)))
    with open(path, "rb") as file:
        count = unit
        while count:
            count = file.readinto(buffers[0])
            if count:
                yield buffers[0][:count]
