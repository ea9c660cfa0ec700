"""Which boards are known, and at which addresses. Persistent; contacts no board."""

from iot_kernel.registry.entries import PREFERRED, Entry
from iot_kernel.registry.registry import DeviceRegistry, Identity

__all__ = ["PREFERRED", "DeviceRegistry", "Entry", "Identity"]
