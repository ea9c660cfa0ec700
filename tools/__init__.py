"""Tools of a checkout: they fetch boards for tests and set up the environment.

Standard library only, so that a bare Python 3.11 runs them. The package imports nothing from here.
"""
