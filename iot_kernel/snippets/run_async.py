"""Makes ``await`` outside of functions run under the board's asyncio; see syntax/top_level_await.py.

Each ``await`` is a task of its own, which asyncio runs to its end, and others beside it. Ctrl-C closes what
is awaited, so that its ``finally`` runs, and has asyncio forget all tasks. All functions have the one name by
which frames of ours are left out of tracebacks.
"""


def __iot_a__():
    try:
        import asyncio
    except:  # noqa: E722  the user may have a variable called ImportError
        import uasyncio as asyncio
    from builtins import BaseException, KeyboardInterrupt, RuntimeError, StopAsyncIteration
    from builtins import hasattr, isinstance

    def __iot__(coroutine):
        """Drives the tasks where the events of a browser would, which do not come while code runs."""
        core = asyncio.core
        task = asyncio.create_task(coroutine)
        while not task.done() and core._task_queue.peek():  # noqa: SLF001
            if core.ticks_diff(core._task_queue.peek().ph_key, core.ticks()) <= 0:  # noqa: SLF001
                core._run_iter()  # noqa: SLF001

    drive = asyncio.run if hasattr(asyncio, "run") else __iot__

    async def __iot__(thing, until, ended):
        try:
            if until is not None:
                thing.state = until
            ended.append((await thing, None))
        except BaseException as error:
            ended.append((None, error))

    wait_for = __iot__

    def __iot__(thing):
        ended = []
        until = None
        if isinstance(thing, asyncio.core.SingletonGenerator):  # all sleep with the same one
            until = thing.state
            thing.state = None
        coroutine = wait_for(thing, until, ended)
        try:
            drive(coroutine)
        except KeyboardInterrupt:
            ended.insert(0, (None, KeyboardInterrupt()))
        if not ended:
            ended.append((None, RuntimeError("no task is left that could wake what is awaited")))
        value, error = ended[0]
        if error is None:
            return value
        try:
            coroutine.close()
        except:  # noqa: E722  it awaits something else now
            pass
        if isinstance(error, KeyboardInterrupt):
            asyncio.new_event_loop()
        raise error

    run = __iot__

    def __iot__(things):
        things = things.__aiter__()
        while True:
            try:
                thing = run(things.__anext__())
            except StopAsyncIteration:
                return
            yield thing

    each = __iot__

    class With:
        def __init__(self, manager):
            self.manager = manager

        def __iot__(self):
            return run(self.manager.__aenter__())

        __enter__ = __iot__

        def __iot__(self, *args):
            return run(self.manager.__aexit__(*args))

        __exit__ = __iot__

    def __iot__(thing, how=0):
        return (run, each, With)[how](thing)

    return __iot__


__iot_a__ = __iot_a__()
