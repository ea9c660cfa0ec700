"""The debugger of a kernel's board cells: threads and boards around `iot_kernel.debugging`.

Never: what a request or a command means.
"""
