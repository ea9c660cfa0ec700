"""Prints answers that can be told from what others print meanwhile: a mark, the length, a literal.

The last one is ("end", errno or None, how many came before).
"""


def __iot_answer__(mark, function, *arguments):
    from builtins import OSError, len, print, repr

    count = 0

    def say(*answer):
        nonlocal count
        text = repr(answer)
        print("\x1e%d %d %s\x1f" % (mark, len(text), text))
        count += 1

    failed = None
    try:
        function(say, *arguments)
    except OSError as error:
        failed = error.args[0] if error.args else 5
    say("end", failed, count)
