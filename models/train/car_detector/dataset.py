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


@dataclass(frozen=True)
class Dataset:
    """All of a folder, on one device. Pictures are [count, height, width, 3] uint8 RGB."""

    images: Tensor
    truth: Truth
    seed: int

    def __len__(self) -> int:
        return self.images.shape[0]

    def first(self, count: int) -> "Dataset":
        """The first so many pictures, or all where there are fewer."""
        truth = Truth(*(getattr(self.truth, entry.name)[:count] for entry in fields(Truth)))
        return Dataset(self.images[:count], truth, self.seed)


def load_dataset(folder: Path, device: torch.device) -> Dataset:
    meta = read_meta(folder)
    count = meta["count"]
    images = read_images(folder, count, device)
    truth = read_labels(folder, count, device)
    return Dataset(images, truth, meta["seed"])


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


def read_images(folder: Path, count: int, device: torch.device) -> Tensor:
    """Shards are copied one after the other, so that the host never holds more than one of them."""
    images = torch.empty((count, IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX, 3), dtype=torch.uint8, device=device)
    loaded = 0
    for shard in sorted(folder.glob("images-*.bin")):
        pixels = np.fromfile(shard, dtype=np.uint8)
        if pixels.size % IMAGE_BYTES != 0:
            raise DatasetError(f"{shard} has {pixels.size} bytes, not a multiple of the {IMAGE_BYTES} of a picture")
        shard_count = pixels.size // IMAGE_BYTES
        if loaded + shard_count > count:
            raise DatasetError(f"{folder}: the shards hold more pictures than the {count} of meta.json")
        images[loaded : loaded + shard_count] = torch.from_numpy(pixels).view(-1, *images.shape[1:]).to(device)
        loaded += shard_count
    if loaded != count:
        raise DatasetError(f"{folder}: the shards hold {loaded} pictures, meta.json says {count}")
    return images


def read_labels(folder: Path, count: int, device: torch.device) -> Truth:
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
    tensors = (torch.from_numpy(array).to(device) for array in (corners_px, class_ids, exists, ignored))
    return Truth(*tensors)
