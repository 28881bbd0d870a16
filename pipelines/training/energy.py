"""Energy that the GPUs of this process used, from the counters of the driver (NVML)."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

JOULES_PER_KWH = 3.6e6
LIBRARY = "libnvidia-ml.so.1"


class Meter:
    """Counts the energy of some GPUs from now on, in kWh.

    - devices: their ids, such as GPU-8f6e…; reason: why the energy is not known, empty where it is.
    """

    def __init__(self, devices: Sequence[str], library: str = LIBRARY) -> None:
        self.reason = ""
        self._handles: list[ctypes.c_void_p] = []
        if not devices:
            self.reason = "no GPU was used, and nothing meters a CPU"
            return
        try:
            self._nvml = ctypes.CDLL(library)
            self._call("nvmlInit_v2")
            for device in devices:
                handle = ctypes.c_void_p()
                self._call("nvmlDeviceGetHandleByUUID", device.encode(), ctypes.byref(handle))
                self._handles.append(handle)
            self._begun = self._joules()
        except (OSError, AttributeError) as error:
            self.reason = f"NVML does not say: {error}"

    def kwh(self) -> float | None:
        """Energy since the beginning; None where it is not known."""
        if self.reason:
            return None
        try:
            return (self._joules() - self._begun) / JOULES_PER_KWH
        except OSError as error:
            self.reason = f"NVML does not say: {error}"
            return None

    def _joules(self) -> float:
        total = 0.0
        for handle in self._handles:
            count = ctypes.c_ulonglong()
            self._call("nvmlDeviceGetTotalEnergyConsumption", handle, ctypes.byref(count))
            total += count.value / 1000  # the counter is in millijoules
        return total

    def _call(self, name: str, *arguments: object) -> None:
        status = getattr(self._nvml, name)(*arguments)
        if status:
            raise OSError(f"{name} ended with status {status}")


def of_torch() -> Meter:
    """A meter of the GPUs that torch sees."""
    import torch  # late: 2 s

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return Meter([f"GPU-{torch.cuda.get_device_properties(place).uuid}" for place in range(count)])
