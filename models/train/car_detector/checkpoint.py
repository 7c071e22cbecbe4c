"""What a training needs to go on, in one file."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path

import torch


@dataclass(frozen=True)
class Provenance:
    """Where the network's knowledge comes from; goes onto its card."""

    training_seed: int
    data_seed: int
    data_images: int


@dataclass(frozen=True)
class Checkpoint:
    network: dict
    average: dict
    optimizer: dict
    provenance: Provenance
    step: int
    pictures_seen: int
    elapsed_s: float

    @property
    def epochs(self) -> float:
        return self.pictures_seen / self.provenance.data_images


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Whole or not at all: a run that is killed while it writes leaves the file before."""
    unfinished = path.with_suffix(".unfinished")
    contents = {**checkpoint.__dict__, "provenance": asdict(checkpoint.provenance)}
    with unfinished.open("wb") as file:
        torch.save(contents, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def load_checkpoint(path: Path, device: torch.device) -> Checkpoint:
    contents = torch.load(path, map_location=device, weights_only=True)
    return Checkpoint(**{**contents, "provenance": Provenance(**contents["provenance"])})
