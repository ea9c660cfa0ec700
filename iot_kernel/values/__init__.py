"""Values of variables on their way between boards and this computer, as bytes of a form of our own.

`wire_format` specifies that form. Never: a value that is evaluated as code, a device, or printing.
"""
