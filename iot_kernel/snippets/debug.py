"""Stops code at checkpoints and does what the host asks meanwhile; debugging/messages.py tells what is said.

``__iot_s__`` is what checkpoints look into. While nobody steps it is a set of numbers; else it has all of
them, and every checkpoint hands its names to ``__iot_b__``, which keeps for each thread where it is, and by
whom it was called. Who called whom is told by the depth of the stack: a frame that is not deeper than the one
at hand has ended.

Only the main thread reads the standard input, so that nothing is taken from the REPL: while another one
stands, the main thread does so at its own checkpoints.
"""


def __iot_debug__(frame, variables):
    import builtins
    import select
    import sys
    import time

    import micropython

    try:
        from _thread import allocate_lock, get_ident

        lock = allocate_lock()
        release = lock.release
    except ImportError:
        lock = None
        release = int

        def get_ident():
            return 1

    depth_of = getattr(micropython, "stack_use", int)
    poll = select.poll()
    poll.register(sys.stdin, 1)
    main = get_ident()
    try:
        highest = __iot_n__  # of the debugger before this one
    except NameError:
        highest = 0
    places = {}
    deeper = [0]  # how much deeper the stack is at a line than at a checkpoint
    stacks = {}
    step = holder = told = changes = here = None
    follows = 0
    is_released = is_heard = False
    sent = stops = 0
    looked = time.ticks_ms()
    shown = []
    busy = None
    things, described, page, children = __iot_values__()

    def say(kind, what):
        nonlocal sent
        sent += 1
        frame(sent, kind + repr(what).encode(), 3)

    class Everywhere:
        def __contains__(self, number):
            try:
                return (number, 1)
            except MemoryError:  # the heap is locked, so that nothing can be handed over
                return False

    everywhere = Everywhere()

    def renew():
        is_all = follows or step or holder is not None
        builtins.__iot_s__ = everywhere if is_all else set(places)

    def __iot__(number, *values):
        nonlocal looked
        me = get_ident()
        if me == holder or me == busy:  # a callback, or what the host has asked for
            return None
        depth = depth_of()
        if type(number) is tuple:  # a line that debug_trace.py has come to, with its frame
            depth -= deeper[0]
        stack = stacks.get(me)
        if stack is None:
            stacks[me] = stack = []
        elif not follows:
            if not step or step[0] != me:
                stack[:] = []
        while stack and stack[-1][0] >= depth:
            stack.pop()
        stack.append((depth, number, values))
        why = None
        if number in places:
            why = reached(places[number], values)
        if step and step[0] == me and (step[1] == 1 or depth <= step[2]):
            why = why or ("step", "")
        if why:
            is_ended = False
            try:
                return stand(me, stack, why)
            except KeyboardInterrupt:
                is_ended = True
            if is_ended:
                raise KeyboardInterrupt  # a new one: its traceback is that of the code that stood
        if me == main and time.ticks_diff(time.ticks_ms(), looked) > 50:
            looked = time.ticks_ms()
            if poll.poll(0):
                listen()
        return None

    def reached(place, values):
        nonlocal busy
        if place is None:
            return "breakpoint", ""
        condition, log, names, unsure, module = place
        busy = get_ident()
        try:
            if condition and not evaluated(condition, bound(names, unsure, values), module)[0]:
                return None
            if log:
                text = "".join(
                    [str(part) for part in evaluated(log, bound(names, unsure, values), module)[0]]
                )
                say(b"l", (text[:1000],))
                return None
        except Exception as error:
            return "error", "%s: %s" % (repr(type(error))[8:-2], error)
        finally:
            busy = None
        return "breakpoint", ""

    def stand(me, stack, why):
        nonlocal holder, is_released, is_heard, changes, here, step, stops
        while True:
            if lock is None or lock.acquire(0):
                break
            if me == main and poll.poll(20):
                listen()
            elif me != main:
                time.sleep_ms(20)
        inside = locals()
        try:
            holder = me
            if step and step[0] == me:
                step = None
            is_released = is_heard = False
            changes = None
            stops += 1
            here = inside
            shown[:] = stack[-40:]
            renew()
            while not is_released:
                if not is_heard:
                    say(b"s", (stops, me == main, me) + why + (told_frames(), bool(follows)))
                wait(me)
            return changes
        finally:
            try:
                holder = here = None
                shown[:] = things[:] = []
                if not (follows or step):
                    stack[:] = []
                renew()
                say(b"g", ())
            finally:
                release()  # whatever has gone wrong: else nothing ever stops again

    def wait(me):
        until = time.ticks_add(time.ticks_ms(), 1000)
        while not is_released and time.ticks_diff(until, time.ticks_ms()) > 0:
            if me != main:
                time.sleep_ms(20)
            elif poll.poll(200):
                listen()

    def told_frames():
        return [told_place(number, values) for _, number, values in shown]

    def told_place(number, values):
        return number[:3] + (values[0].f_lineno,) if type(number) is tuple else number

    def listen():
        line = sys.stdin.readline().strip("\x00\x01\r\n ")
        if line:
            obey(line)

    def obey(line):
        nonlocal told, is_heard, busy
        is_heard = True
        number, _, code = line.partition(" ")
        if told is None or told[0] != number:
            busy = get_ident()
            try:
                answer = eval(code, commands)
            except BaseException as error:
                answer = "error", repr(type(error))[8:-2], str(error)[:300]
                if answer[1] == "KeyboardInterrupt" and code[:4] != "run(":
                    raise  # it is meant for what stands; else it ends what the user has evaluated
            finally:
                busy = None
            told = number, answer
        say(b"a", told)

    # What the host asks for

    def go(kind):
        nonlocal step, is_released
        if holder is not None:
            step = (holder, kind, shown[-1][0] - (kind == 3)) if kind else None
            is_released = True

    def pause():
        nonlocal step
        step = main, 1, 0
        renew()

    def begin(is_followed, highest):
        nonlocal step, follows
        follows = is_followed
        step = None
        stacks.clear()
        builtins.__iot_n__ = highest
        renew()

    def end():
        nonlocal step
        if step and step[0] == main:
            step = None
            renew()

    def place(new, is_first):
        if is_first:
            places.clear()
        places.update(new)
        renew()

    def ended():
        shown[:] = stacks.get(main, [])[-40:]
        things[:] = []
        return told_frames()

    def names_of(module):
        return sys.modules[module].__dict__ if module else variables

    def bound(names, unsure, values):
        pairs = list(zip(names, values))
        for at, name in enumerate(unsure):
            try:
                pairs.append((name, values[len(names)](at)))
            except NameError:
                pass
        return pairs

    def evaluated(code, pairs, module, executes=False):
        space = names_of(module)
        if pairs:
            space = dict(space)
            space.update(pairs)
        return (exec if executes else eval)(code, space), space

    def run(index, code, names, unsure, settable, module, executes):
        pairs = bound(names, unsure, shown[index][2]) if names or unsure else []
        before = dict(names_of(module) if executes and (names or unsure) else ())  # others change them, too
        before.update(pairs)
        result, mixed = evaluated(code, pairs, module, executes)
        if not executes:
            return None, described(result)
        if names or unsure:
            is_last = shown[index] is shown[-1]
            return spread(mixed, before, names, unsure, settable if is_last else 0, names_of(module)), None
        return [], None

    def spread(mixed, before, names, unsure, settable, space):
        """Gives names what was assigned to them; returns those that cannot get it."""
        nonlocal changes
        new = {name: before[name] for name in names}
        kept = []
        for name in names + unsure:
            if name in mixed and (name not in before or mixed[name] is not before[name]):
                if name in names[:settable]:
                    new[name] = mixed[name]
                else:
                    kept.append(name)
        for name in mixed:
            if name not in names + unsure and (name not in before or before[name] is not mixed[name]):
                space[name] = mixed[name]
        for name in before:
            if name not in mixed and name not in names + unsure:
                space.pop(name, None)
        if settable:
            changes = [new[name] for name in names]
            depth, number, values = shown[-1]
            shown[-1] = depth, number, tuple(changes) + values[len(names) :]
        return kept

    def local(index, names, unsure, start):
        pairs = bound(names, unsure, shown[index][2])
        return page(pairs[start:], start, len(pairs))

    def wide(module, start):
        space = here if module is None else names_of(module)
        names = [name for name in space or () if name[:2] != "__"]
        return page([(name, space[name]) for name in names[start : start + 50]], start, len(names))

    def let_go():
        nonlocal step, follows, is_released
        step = None
        follows = 0
        places.clear()
        is_released = True
        renew()

    def pause_here():
        nonlocal step
        step = get_ident(), 1, 0
        renew()

    commands = {
        "go": go,
        "pause": pause,
        "begin": begin,
        "end": end,
        "place": place,
        "ended": ended,
        "run": run,
        "local": local,
        "wide": wide,
        "children": children,
        "let_go": let_go,
        "highest": lambda: highest,
    }
    try:
        __iot_d__("0 let_go()")  # what a debugger before this one has stopped
    except NameError:
        pass
    builtins.__iot_b__ = __iot__
    builtins.__iot_d__ = obey
    builtins.breakpoint = pause_here
    renew()
    return commands, shown, page, described, evaluated, deeper, depth_of, lambda: step


__iot_parts__ = __iot_debug__(__iot_frame__, VARIABLES)
