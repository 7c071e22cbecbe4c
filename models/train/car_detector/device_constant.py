"""Small tables that live on the device."""

from functools import cache

import torch
from torch import Tensor


@cache
def device_constant(values: tuple, device: torch.device) -> Tensor:
    """The same float32 tensor for the same values: copying one over in every step would make the host wait."""
    return torch.tensor(values, dtype=torch.float32, device=device)
