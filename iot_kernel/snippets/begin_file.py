"""Begins a file: leaves a function that takes its pieces, and without one ends it."""


def __iot_begin__(say, path, base64, inflates):
    global __iot_piece__
    from builtins import len, open

    if base64:
        from binascii import a2b_base64
    if inflates:
        from deflate import RAW, DeflateIO
        from io import BytesIO
    file = open(path, "wb")

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
