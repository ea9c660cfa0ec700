"""The pytest plugin: tests on boards, and notebooks as tests.

`plugin` has the hooks and options, and loads the rest when it is used: the board of a test, how long it may
take, what it needs, and the cells of notebooks. Never: a way to a board beside `iot_kernel.connect`, or
anything heavy at the top of `plugin`, which pytest loads in every project.
"""
