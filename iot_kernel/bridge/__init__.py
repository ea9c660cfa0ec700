"""``python -m iot_kernel bridge``: publishes the pipes of a board at an MQTT broker, without a notebook.

Never: an end for anything but a signal or wrong arguments; a board or broker that is away is waited for.
"""
