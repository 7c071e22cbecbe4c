"""What one picture costs."""

import time

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from car_detector.scene import IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX

TIMED_RUNS = 200
WARM_UP_RUNS = 20


def count_operations(network: nn.Module) -> int:
    """Floating-point operations of all convolutions and linear layers for one picture; a multiply-add counts as two."""
    total = 0

    def count(module: nn.Module, _inputs: tuple[Tensor], output: Tensor) -> None:
        nonlocal total
        # Every output value is a dot product with one kernel.
        values_per_output = module.weight[0].numel()
        total += 2 * output.numel() * values_per_output

    layers = [module for module in network.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    with torch.inference_mode():
        network(torch.zeros(1, 3, IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX))
    for hook in hooks:
        hook.remove()
    return total


def count_parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def median_run_ms(session: onnxruntime.InferenceSession) -> float:
    images = np.random.default_rng(0).random((1, 3, IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX), np.float32)
    times_ms = []
    for _ in range(WARM_UP_RUNS + TIMED_RUNS):
        started_s = time.perf_counter()
        session.run(None, {"images": images})
        times_ms.append((time.perf_counter() - started_s) * 1e3)
    return float(np.median(times_ms[WARM_UP_RUNS:]))
