"""The way into the IoT Kernel: looks whether its packages are whole before it loads them.

Two other programs have packages called ``iot_kernel`` and ``ukernel``. In one environment with this program
they overwrite files of it, or take files of it along when they are removed. Then no module in these two
packages can be relied on to say so. This package has a name that nobody else has. Never: a module of
``iot_kernel`` or ``ukernel`` that is loaded before both were looked at.
"""
