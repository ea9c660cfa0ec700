"""What notebooks and scripts import: ``from ukernel.pipes import subscribe, collect, live_plot, stop_live``.

Never: an import of ``iot_kernel``; any Python process can use this package alone.
"""

__distribution__ = "jupyter-iot-kernel"  # says that this file is ours: see jupyter_iot_kernel.name_clash
