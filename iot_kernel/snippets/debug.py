"""Stops code at checkpoints and does what the host asks meanwhile; debugging/messages.py tells what is said.

``__iot_s__`` is what checkpoints look into. While nobody steps it is a set of numbers: where code stops, and
where it may call code with checkpoints. Else it has all of them. A checkpoint that is in it hands its names
to ``__iot_b__``, which notes where its thread is (debug_notes.py) and, where there is more to do, calls
``__iot__`` here. Both names are exchanged as that changes.

Only the main thread reads the standard input, so that nothing is taken from the REPL. That something waits
there is seen by a thread where there are threads, which never reads; else at the checkpoints that loops begin
with. While another thread stands, the main one reads at all of its checkpoints.
"""


def __iot_debug__(frame, variables):
    import builtins
    import sys
    import time

    try:
        from _thread import allocate_lock, get_ident, start_new_thread

        lock = allocate_lock()
        release = lock.release
    except ImportError:
        lock = None
        release = int

        def get_ident():
            return 1

    main = get_ident()
    try:
        highest = __iot_n__  # of the debugger before this one
    except NameError:
        highest = 0
    deeper = [None]  # how much deeper the stack is at a traced line than at a checkpoint
    kept = set()
    some = set()
    step = holder = told = changes = here = None
    follows = 0
    is_released = is_heard = is_called = is_watching = False
    sent = stops = cell = 0
    looked = time.ticks_ms()
    shown = []
    busy = None
    things, described, page, children = __iot_values__()
    names_of, bound, evaluated, spread, renewed = __iot_names__(variables)
    everywhere, roomy, polling, watch = __iot_checks__()
    poll = polling()

    def say(kind, what):
        nonlocal sent
        sent += 1
        frame(sent, kind + repr(what).encode(), 3)

    def renew():
        is_close = step or holder is not None or is_called
        is_quick = is_watching and not is_close and deeper[0] is None
        look_into(everywhere if is_close or follows else some, quick if is_quick else thorough)

    def look_into(numbers, checkpoint):
        # a board looks through all of a full dictionary for what is not in it: globals may be full of names
        builtins.__iot_b__ = variables["__iot_b__"] = checkpoint
        builtins.__iot_s__ = variables["__iot_s__"] = numbers

    def gather():
        nonlocal some
        some = roomy(places, kept)
        renew()

    def call():
        nonlocal is_called
        is_called = True
        look_into(everywhere, thorough)

    def __iot__(depth, checkpoint):
        nonlocal looked
        number, values = checkpoint
        me = get_ident()
        if me == holder or me == busy:  # a callback, or what the host has asked for
            return None
        if type(number) is tuple:  # a line that debug_trace.py has come to, with its frame
            depth -= deeper[0]
        slot = note(me, depth, number, values)
        why = None
        if number in places:
            why = reached(places[number], values)
        if step and step[0] == me and (step[1] == 1 or depth <= step[2]):
            why = why or ("step", "")
        if why:
            is_ended = False
            try:
                return stand(me, slot, why)
            except KeyboardInterrupt:
                is_ended = True
            if is_ended:
                raise KeyboardInterrupt  # a new one: its traceback is that of the code that stood
        if me == main and (is_called or time.ticks_diff(time.ticks_ms(), looked) > 50):
            looked = time.ticks_ms()
            hear()
        return None

    def hear():
        nonlocal is_called
        was_called, is_called = is_called, False
        if poll.poll(0):
            listen()
        if was_called:
            renew()

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

    def stand(me, slot, why):
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
            shown[:] = notes(slot)
            renew()
            while not is_released:
                if not is_heard:
                    say(b"s", (stops, me == main, me) + why + (told_frames(),))
                wait(me)
            return changes
        finally:
            try:
                holder = here = None
                shown[:] = things[:] = []
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
        first = sys.stdin.read(1)
        if first > " ":  # else what asks whether the board is idle, and no line follows
            obey(first + sys.stdin.readline().rstrip())

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

    def begin(is_followed, is_watched, highest):
        nonlocal step, follows, cell, is_called, is_watching
        follows = is_followed
        step = None
        is_called = is_watching = False
        forget()
        builtins.__iot_n__ = highest
        cell = mine = cell + 1
        if is_watched:
            try:
                start_new_thread(watch, (lambda: cell != mine, call))
                is_watching = True
            except Exception:
                pass  # no memory for a thread: it hears what the host says at the next place that it keeps
        renew()

    def end():
        nonlocal cell, step, is_called, is_watching
        cell += 1
        is_called = is_watching = False  # who watches may have taken the code of this call for a command
        if not follows:
            forget()
        if step and step[0] == main:
            step = None
        renew()

    def place(new, is_first):
        if is_first:
            places.clear()
        places.update(new)
        gather()

    def keep(new, is_first):
        if is_first:
            kept.clear()
        kept.update(new)
        gather()

    def ended():
        shown[:] = notes()
        things[:] = []
        return told_frames()

    def run(index, code, names, unsure, settable, module, executes):
        nonlocal changes
        pairs = bound(names, unsure, shown[index][2]) if names or unsure else []
        before = dict(names_of(module) if executes and (names or unsure) else ())  # others change them, too
        before.update(pairs)
        result, mixed = evaluated(code, pairs, module, executes)
        if not executes:
            return None, described(result)
        if not (names or unsure):
            return [], None
        settable = settable if shown[index] is shown[-1] else 0
        new, lost = spread(mixed, before, names, unsure, settable, names_of(module))
        if new:
            changes = new
            depth, number, values = shown[-1]
            shown[-1] = depth, number, renewed(values, new, names, unsure)
        return lost, None

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
        end()
        places.clear()
        kept.clear()
        is_released = True
        gather()

    def pause_here():
        nonlocal step
        step = get_ident(), 1, 0
        renew()

    places, quick, thorough, note, notes, forget = __iot_notes__(__iot__)
    commands = {
        "go": go,
        "pause": pause,
        "begin": begin,
        "end": end,
        "place": place,
        "keep": keep,
        "ended": ended,
        "run": run,
        "local": local,
        "wide": wide,
        "children": children,
        "let_go": let_go,
        "about": lambda: (highest, lock is not None and sys.platform in ("linux", "darwin", "esp32")),
    }
    try:
        __iot_d__("0 let_go()")  # what a debugger before this one has stopped
    except NameError:
        pass
    builtins.__iot_d__ = obey
    builtins.breakpoint = pause_here
    renew()
    return commands, shown, page, described, evaluated, deeper, lambda: step


__iot_parts__ = __iot_debug__(__iot_frame__, VARIABLES)
