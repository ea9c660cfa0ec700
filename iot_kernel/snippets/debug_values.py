"""Tells a debugger of things on a board, and keeps those whose parts it may ask for; see `parts`."""


def __iot_values__():
    from builtins import len

    things = []
    inside, _, told, page_of = __iot_parts__(80)

    def described(thing):
        item = told(thing)
        reference = 0
        if item[4]:
            things.append(thing)
            reference = len(things)
        return item[:4] + (reference,)

    def page(pairs, start, total):
        return page_of(pairs, start, total, 50, described)

    def children(index, start):
        total, pairs = inside(things[index - 1], start)
        return page(pairs, start, total)

    return things, described, page, children
