"""Begins a file: makes the functions that take its data and end it."""


def __iot_begin__(say, path, base64, inflates):
    from builtins import OSError, ValueError, globals, len, open

    if base64:
        from binascii import a2b_base64
    if inflates:
        from deflate import RAW, DeflateIO
        from uio import BytesIO  # by this name in all firmware that inflates
    file = open(path, "wb")

    def take(say, data, deflated=False):
        if base64:
            data = a2b_base64(data)
        if deflated:
            try:
                data = DeflateIO(BytesIO(data), RAW, 12).read()
            except OSError:
                raise ValueError("damaged")
        if file.write(data) != len(data):
            raise OSError("ENOSPC")

    def end(say):
        file.close()

    functions = globals()
    functions["__iot_data__"] = take
    functions["__iot_end__"] = end
