"""Processes that train together."""

from functools import partial
from pathlib import Path

import torch
from torch import nn

from car_detector import parallel


def follow_the_leader(folder: Path) -> None:
    """Each process gives gradients and a clock of its own, and writes down what it has afterwards."""
    network = nn.Linear(2, 1, bias=False)
    network.weight.grad = torch.full((1, 2), 1.0 + 2.0 * parallel.rank())
    parallel.average_gradients(network)
    said = parallel.leader_says(10.0 + parallel.rank())
    torch.save((network.weight.grad, said, torch.get_num_threads()), folder / f"{parallel.rank()}.pt")


def test_a_team_has_one_gradient_and_one_clock(tmp_path: Path) -> None:
    parallel.run_team(2, partial(follow_the_leader, tmp_path))
    for rank in (0, 1):
        gradient, said, threads = torch.load(tmp_path / f"{rank}.pt")
        assert gradient.tolist() == [[2.0, 2.0]]
        assert said == 10.0
        assert threads >= 1


def test_a_process_alone_keeps_what_it_has(tmp_path: Path) -> None:
    parallel.run_team(1, partial(follow_the_leader, tmp_path))
    gradient, said, _ = torch.load(tmp_path / "0.pt")
    assert gradient.tolist() == [[1.0, 1.0]]
    assert said == 10.0
