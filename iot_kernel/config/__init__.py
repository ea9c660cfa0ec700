"""What the user says about boards: places, device files, secrets. Only reads files, and contacts nothing."""

from iot_kernel.config.configuration import LISTEN_VARIABLE, PASSWORD_VARIABLE, Configuration
from iot_kernel.config.device_files import DeviceConfig, Resource
from iot_kernel.config.directories import Places

__all__ = ["LISTEN_VARIABLE", "PASSWORD_VARIABLE", "Configuration", "DeviceConfig", "Places", "Resource"]
