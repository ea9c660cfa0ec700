"""What the user says about boards: directories, device files, secrets.

Never: a connection to a board, a file that is written, or a secret in an error or a log.
"""

from iot_kernel.config.configuration import LISTEN_VARIABLE, PASSWORD_VARIABLE, Configuration
from iot_kernel.config.device_files import DeviceConfig, Resource
from ukernel.directories import Places

__all__ = ["LISTEN_VARIABLE", "PASSWORD_VARIABLE", "Configuration", "DeviceConfig", "Places", "Resource"]
