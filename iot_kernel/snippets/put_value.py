"""Takes the first piece of a variable's value, and leaves a function that takes the others unless it is all.

Data comes with the sum of its bytes, the first time as it is, later in base64 where the board can read that.
Says whether it was right, whether the variable is set, and what was wrong with which head.
"""


def __iot_put__(say, name, last, check, data):
    global __iot_piece__, __iot_whole__
    import gc
    from builtins import Exception, MemoryError, globals, hasattr, len, next, str, sum, type

    try:
        from binascii import a2b_base64
    except Exception:
        a2b_base64 = None
    values = []
    place = [0]
    unpack = __iot_unpack__(values.append, place)
    next(unpack)
    count = 0

    def piece(say, number, last, check, data):
        global __iot_piece__, __iot_answer__
        nonlocal count
        if number and a2b_base64:
            data = a2b_base64(data)
        if number != count or sum(data) != check:
            say(False, False, 0, "")
            return
        count += 1
        problem = ""
        try:
            unpack.send(data)
        except MemoryError:
            raise
        except Exception as error:
            problem = str(type(error))[8:-2]
        if last and number:
            del __iot_piece__, __iot_answer__
        if last and values:
            globals()[name] = values[0]
        say(True, len(values) > 0, place[0], problem)

    if data is None:
        data = __iot_whole__
        del __iot_whole__
        check = sum(data)
    piece(say, 0, last, check, data)
    if not last:
        __iot_piece__ = piece
        gc.collect()
        say(a2b_base64 is not None, gc.mem_free() if hasattr(gc, "mem_free") else 0)
