"""Makes a training batch: windows of the pictures, scaled, mirrored, in another light.

Most of a picture is floor and sky. A window about an object shows two or three times as many objects for each
operation as the whole picture does, and the network does not care how large its input is. The renderer has already
varied light, lens, noise and compression from picture to picture, so that little is varied again here.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor

from car_detector.assignment import Truth
from car_detector.dataset import Dataset
from car_detector.scene import IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX, STOP_SIGN_CLASS_ID

# A box with less of its area left than this, or lower than this many pixels, is neither an object nor background.
KEPT_AREA_SHARE = 0.35
SMALLEST_HEIGHT_PX = 4.0
# An object that is gone altogether, not merely small.
GONE_SIZE_PX = 0.5
FLIP_PROBABILITY = 0.5
# A mirrored stop sign reads wrong; few are enough to learn that its outline counts.
STOP_SIGN_FLIP_PROBABILITY = 0.1
# Colours are classes here: the ranges keep blue, yellow and orange apart.
CHANNEL_GAIN = (0.92, 1.08)
CONTRAST = (0.8, 1.2)
BRIGHTNESS = (-0.08, 0.08)


@dataclass(frozen=True)
class Recipe:
    """`width_px` x `height_px` is what the network gets, a multiple of 32 each and of the picture's shape."""

    width_px: int
    height_px: int
    # Share of the batch that shows the whole picture, however small that makes it. The others show a window.
    whole_share: float
    zoom: tuple[float, float]
    # Share of the windows that lie about an object; every class that the picture shows is as likely to be it.
    centred_share: float
    # Larger inputs come in smaller batches, for about the same work a step.
    batch_share: float


MAIN_RECIPE = Recipe(256, 192, whole_share=0.35, zoom=(0.7, 1.5), centred_share=0.85, batch_share=1.0)
# The last part of the training sees pictures as the car does, so that the normalisations know their statistics.
CLOSING_RECIPE = Recipe(
    IMAGE_WIDTH_PX, IMAGE_HEIGHT_PX, whole_share=1.0, zoom=(1.0, 1.0), centred_share=0.0, batch_share=0.5
)


@dataclass(frozen=True)
class Labels:
    """Of one picture: corners [objects, 4] in pixels, class ids, which of them not to judge."""

    corners_px: np.ndarray
    class_ids: np.ndarray
    ignored: np.ndarray


def make_batch(
    dataset: Dataset, indices: np.ndarray, recipe: Recipe, random: np.random.Generator, device: torch.device
) -> tuple[Tensor, Truth]:
    """Pictures [batch, 3, height, width] in 0..1, channels last in memory, and their labels. `dataset` is on the CPU."""
    pixels, labels = zip(*(make_sample(dataset, int(index), recipe, random) for index in indices))
    images = torch.cat(pixels).to(device).float().contiguous(memory_format=torch.channels_last)
    return recolour(images, random), joined(labels, device)


def make_sample(dataset: Dataset, index: int, recipe: Recipe, random: np.random.Generator) -> tuple[Tensor, Labels]:
    labels = labels_of(dataset, index)
    left, top, width, height = choose_window(labels, recipe, random)
    pixels = dataset.images[index][top : top + height, left : left + width].permute(2, 0, 1)[None]
    size = (recipe.height_px, recipe.width_px)
    if (height, width) != size:
        pixels = functional.interpolate(pixels, size=size, mode="bilinear", antialias=True)
    labels = cut_labels(labels, (left, top, width, height), recipe)
    has_stop_sign = bool((labels.class_ids == STOP_SIGN_CLASS_ID).any())
    if random.random() < (STOP_SIGN_FLIP_PROBABILITY if has_stop_sign else FLIP_PROBABILITY):
        pixels, labels = pixels.flip(3), mirrored(labels, recipe.width_px)
    return pixels, labels


def labels_of(dataset: Dataset, index: int) -> Labels:
    truth = dataset.truth
    count = int(truth.exists[index].sum())
    return Labels(
        truth.corners_px[index, :count].numpy(), truth.class_ids[index, :count].numpy(), truth.ignored[index, :count].numpy()
    )


def choose_window(labels: Labels, recipe: Recipe, random: np.random.Generator) -> tuple[int, int, int, int]:
    """Left, top, width, height in whole pixels of the picture."""
    if random.random() < recipe.whole_share:
        return 0, 0, IMAGE_WIDTH_PX, IMAGE_HEIGHT_PX
    zoom = np.exp(random.uniform(*np.log(recipe.zoom)))
    size = np.minimum(
        np.round((recipe.width_px / zoom, recipe.height_px / zoom)), (IMAGE_WIDTH_PX, IMAGE_HEIGHT_PX)
    )
    room = (IMAGE_WIDTH_PX, IMAGE_HEIGHT_PX) - size
    corner = random.uniform(0, 1, 2) * room
    judged = np.flatnonzero(~labels.ignored)
    if judged.size > 0 and random.random() < recipe.centred_share:
        class_id = random.choice(np.unique(labels.class_ids[judged]))
        chosen = labels.corners_px[random.choice(judged[labels.class_ids[judged] == class_id])]
        middle = (chosen[:2] + chosen[2:]) / 2
        # The object lies anywhere in the window but at its very edge.
        corner = middle - size * random.uniform(0.12, 0.88, 2)
    left, top = np.clip(np.round(corner), 0, room)
    return int(left), int(top), int(size[0]), int(size[1])


def cut_labels(labels: Labels, window: tuple[int, int, int, int], recipe: Recipe) -> Labels:
    """The labels as the window shows them; what it cuts down to little of itself is no longer judged."""
    left, top, width, height = window
    scale = np.tile((recipe.width_px / width, recipe.height_px / height), 2).astype(np.float32)
    whole = (labels.corners_px - np.array((left, top, left, top), np.float32)) * scale
    limit = np.tile((recipe.width_px, recipe.height_px), 2).astype(np.float32)
    cut = np.clip(whole, 0, limit)
    whole_size, cut_size = whole[:, 2:] - whole[:, :2], cut[:, 2:] - cut[:, :2]
    kept_share = cut_size.prod(1) / np.maximum(whole_size.prod(1), 1e-7)
    ignored = labels.ignored | (kept_share < KEPT_AREA_SHARE) | (cut_size[:, 1] < SMALLEST_HEIGHT_PX)
    shown = (cut_size > GONE_SIZE_PX).all(axis=1)
    return Labels(cut[shown], labels.class_ids[shown], ignored[shown])


def mirrored(labels: Labels, width_px: int) -> Labels:
    corners = labels.corners_px[:, (2, 1, 0, 3)] * np.array((-1, 1, -1, 1), np.float32)
    return Labels(corners + np.array((width_px, 0, width_px, 0), np.float32), labels.class_ids, labels.ignored)


def recolour(images: Tensor, random: np.random.Generator) -> Tensor:
    """0..255 to 0..1 with white balance, contrast and brightness of each picture's own, in one pass over the pixels."""
    count = images.shape[0]
    contrast = random.uniform(*CONTRAST, (count, 1))
    scale = contrast * random.uniform(*CHANNEL_GAIN, (count, 3)) / 255
    offset = np.broadcast_to(0.5 * (1 - contrast) + random.uniform(*BRIGHTNESS, (count, 1)), scale.shape)
    scale, offset = (torch.from_numpy(part.astype(np.float32)).to(images.device)[:, :, None, None] for part in (scale, offset))
    return images.mul_(scale).add_(offset).clamp_(0, 1)


def joined(labels: tuple[Labels, ...], device: torch.device) -> Truth:
    """Padded to the most objects that one of them has, at least one."""
    longest = max(1, *(len(part.class_ids) for part in labels))
    corners_px = np.zeros((len(labels), longest, 4), np.float32)
    class_ids = np.zeros((len(labels), longest), np.int64)
    exists, ignored = (np.zeros((len(labels), longest), bool) for _ in range(2))
    for row, part in enumerate(labels):
        count = len(part.class_ids)
        corners_px[row, :count], class_ids[row, :count] = part.corners_px, part.class_ids
        ignored[row, :count], exists[row, :count] = part.ignored, True
    return Truth(*(torch.from_numpy(array).to(device) for array in (corners_px, class_ids, exists, ignored)))
