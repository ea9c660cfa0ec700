"""What can be done with boards: scripts call it by ``import iot_kernel``, and the magics call the same.

`connecting` and `device` are what scripts see, `aio` shows it to asynchronous code; the other modules do what
magics do as well, so that there is one way for each. Never: printing, a notebook, or anything of Jupyter.
"""
