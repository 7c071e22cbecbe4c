"""Several processes that train one network: each takes its share of every batch, and their gradients are averaged.

Two threads of one process share the work within each operation and wait for each other after every one of them; two
processes wait for each other once a step (1.5 times as many windows a second on two cores). Without a team every
function here does what a single process needs: nothing.
"""

import os
import tempfile
from collections.abc import Callable

import torch
import torch.distributed as distributed
from torch import nn
from torch._utils import _flatten_dense_tensors, _unflatten_dense_tensors

LEADER = 0


def run_team(size: int, work: Callable[[], None]) -> None:
    """`work` in so many processes with a part of the cores each; picklable. Ends when all have ended."""
    if size == 1:
        work()
        return
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(join_team, args=(size, f"file://{folder}/meeting-place", work), nprocs=size)


def join_team(rank: int, size: int, meeting_place: str, work: Callable[[], None]) -> None:
    torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // size))
    distributed.init_process_group("gloo", init_method=meeting_place, rank=rank, world_size=size)
    try:
        work()
    finally:
        distributed.destroy_process_group()


def rank() -> int:
    return distributed.get_rank() if distributed.is_initialized() else LEADER


def size() -> int:
    return distributed.get_world_size() if distributed.is_initialized() else 1


def is_leader() -> bool:
    return rank() == LEADER


def leader_says(value: float) -> float:
    """The leader's value, everywhere: what depends on a clock must be decided once."""
    if not distributed.is_initialized():
        return value
    said = torch.tensor([value], dtype=torch.float64)
    distributed.broadcast(said, LEADER)
    return float(said)


def average_gradients(network: nn.Module) -> None:
    if not distributed.is_initialized():
        return
    gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    flat = _flatten_dense_tensors(gradients)
    distributed.all_reduce(flat)
    flat /= size()
    for gradient, averaged in zip(gradients, _unflatten_dense_tensors(flat, gradients), strict=True):
        gradient.copy_(averaged)
