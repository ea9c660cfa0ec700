"""Keeps the value of a cell's last expression until it has been copied."""


def __iot_keep__(*value):
    global __iot_kept__
    __iot_kept__ = value[0] if value else None
    return __iot_kept__
