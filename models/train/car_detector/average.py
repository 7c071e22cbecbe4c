"""The moving average of the weights, which is what is evaluated and shipped."""

import copy

import torch
from torch import Tensor, nn

# Ten to twenty thousand steps: an average over the last thousand.
DECAY = 0.999


class AverageWeights:
    """A second network that follows the first. Early on it follows fast, so that random weights are soon forgotten."""

    def __init__(self, network: nn.Module) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.followed = averaged_tensors(network)
        self.following = averaged_tensors(self.network)

    def follow(self, step: int) -> None:
        decay = min(DECAY, (1 + step) / (10 + step))
        torch._foreach_lerp_(self.following, self.followed, 1 - decay)


def averaged_tensors(network: nn.Module) -> list[Tensor]:
    """Weights and the running statistics of the normalisations; their integer counters mean nothing here."""
    return [tensor.detach() for tensor in network.state_dict().values() if tensor.is_floating_point()]
