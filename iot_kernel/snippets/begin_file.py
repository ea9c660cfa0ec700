"""Begins a file: leaves a function that takes its pieces, and without one ends it."""


def __iot_begin__(say, path, temporary, size, base64, inflates):
    global __iot_piece__
    import os
    from builtins import len, open

    if inflates:
        from deflate import RAW, DeflateIO
        from io import BytesIO
    if base64:
        from binascii import a2b_base64
    if hasattr(os, "mkdir"):
        directory = path[: path.rfind("/")]
        try:
            if os.stat(path)[0] & 0xF000 == 0x4000:
                size = -1
        except OSError:
            pass
        if size < 0:
            raise OSError(21)
        try:
            space = os.statvfs(directory or "/")
        except Exception:
            space = (0,) * 5
        if space[2] and space[1] * space[4] < size:
            raise OSError(28)
        __iot_mkdirs__(say, directory)
    file = open(temporary, "wb")

    def piece(say, data=None, deflated=False):
        if data is None:
            file.close()
            return
        if base64:
            data = a2b_base64(data)
        if deflated:
            data = DeflateIO(BytesIO(data), RAW, 12).read()
        if file.write(data) != len(data):
            raise OSError(28)

    __iot_piece__ = piece
