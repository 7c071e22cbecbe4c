"""Reads a folder that `npm run dataset` wrote: `meta.json`, raw pictures in `images-*.bin`, `labels.jsonl`."""

import json
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from car_detector.assignment import Truth
from car_detector.scene import CLASS_NAMES, IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX

IMAGE_BYTES = IMAGE_HEIGHT_PX * IMAGE_WIDTH_PX * 3


class DatasetError(Exception):
    """The folder is not a data set that this network can be trained on; the message says why and what would be."""


class Pictures:
    """The pictures of a folder, [height, width, 3] uint8 RGB each, mapped from its shards: processes that train together
    share one copy in memory, the system's."""

    def __init__(self, shards: list[Tensor], count: int) -> None:
        self.shards = shards
        self.starts = np.cumsum([0, *(len(shard) for shard in shards)])
        self.count = min(count, int(self.starts[-1]))

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Tensor:
        shard = int(np.searchsorted(self.starts, index, side="right")) - 1
        return self.shards[shard][index - int(self.starts[shard])]

    def between(self, start: int, end: int) -> Tensor:
        """[pictures, height, width, 3], up to the last one there is."""
        return torch.stack([self[index] for index in range(start, min(end, self.count))])

    def first(self, count: int) -> "Pictures":
        return Pictures(self.shards, min(count, self.count))


@dataclass(frozen=True)
class Dataset:
    """All of a folder, on the CPU."""

    images: Pictures
    truth: Truth
    seed: int

    def __len__(self) -> int:
        return len(self.images)

    def first(self, count: int) -> "Dataset":
        """The first so many pictures, or all where there are fewer."""
        truth = Truth(*(getattr(self.truth, entry.name)[:count] for entry in fields(Truth)))
        return Dataset(self.images.first(count), truth, self.seed)


def load_dataset(folder: Path) -> Dataset:
    meta = read_meta(folder)
    count = meta["count"]
    return Dataset(map_images(folder, count), read_labels(folder, count), meta["seed"])


def read_meta(folder: Path) -> dict:
    path = folder / "meta.json"
    if not path.is_file():
        raise DatasetError(f"{path} does not exist; a data set is a folder written by `npm run dataset`")
    meta = json.loads(path.read_text())
    size = (meta["widthPx"], meta["heightPx"])
    if size != (IMAGE_WIDTH_PX, IMAGE_HEIGHT_PX):
        raise DatasetError(f"{path}: pictures are {size}, the network takes {(IMAGE_WIDTH_PX, IMAGE_HEIGHT_PX)}")
    if tuple(meta["classes"]) != CLASS_NAMES:
        raise DatasetError(f"{path}: classes are {meta['classes']}, the network knows {list(CLASS_NAMES)}")
    return meta


def map_images(folder: Path, count: int) -> Pictures:
    shards = []
    for path in sorted(folder.glob("images-*.bin")):
        size = path.stat().st_size
        if size % IMAGE_BYTES != 0:
            raise DatasetError(f"{path} has {size} bytes, not a multiple of the {IMAGE_BYTES} of a picture")
        pixels = torch.from_file(str(path), shared=False, size=size, dtype=torch.uint8)
        shards.append(pixels.view(-1, IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX, 3))
    shown = sum(len(shard) for shard in shards)
    if shown != count:
        raise DatasetError(f"{folder}: the shards hold {shown} pictures, meta.json says {count}")
    return Pictures(shards, count)


def read_labels(folder: Path, count: int) -> Truth:
    path = folder / "labels.jsonl"
    pictures = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    if len(pictures) != count:
        raise DatasetError(f"{path} has {len(pictures)} lines, meta.json says {count} pictures")
    longest = max((len(picture["objects"]) for picture in pictures), default=0)
    corners_px = np.zeros((count, max(longest, 1), 4), np.float32)
    class_ids = np.zeros(corners_px.shape[:2], np.int64)
    exists = np.zeros(corners_px.shape[:2], bool)
    ignored = np.zeros(corners_px.shape[:2], bool)
    for row, picture in enumerate(pictures):
        if picture["index"] != row:
            raise DatasetError(f"{path}, line {row + 1}: index is {picture['index']}, should be {row}")
        for column, labelled in enumerate(picture["objects"]):
            corners_px[row, column] = labelled["box"]
            class_ids[row, column] = labelled["classId"]
            exists[row, column] = True
            ignored[row, column] = labelled["ignore"]
    if class_ids.min() < 0 or class_ids.max() >= len(CLASS_NAMES):
        raise DatasetError(f"{path}: classId {class_ids.max()} is not one of the {len(CLASS_NAMES)} classes")
    return Truth(*(torch.from_numpy(array) for array in (corners_px, class_ids, exists, ignored)))
