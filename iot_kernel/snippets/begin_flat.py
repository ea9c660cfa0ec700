"""Begins a file on a file system without directories; see `begin_file`."""


def __iot_begin__(say, path, temporary, size, base64, inflates):
    global __iot_piece__
    from builtins import len, open

    file = open(temporary, "wb")

    def piece(say, data=None):
        if data is None:
            file.close()
        elif file.write(data) != len(data):
            raise OSError(28)

    __iot_piece__ = piece
