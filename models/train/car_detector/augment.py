"""Makes a training batch: which pictures, how they are placed, how the camera saw them."""

from dataclasses import dataclass

import torch
from torch import Tensor

from car_detector.assignment import Truth
from car_detector.augment_colour import as_camera_sees
from car_detector.augment_geometry import (
    OBJECTS_PER_PICTURE,
    compacted,
    hide_rectangles,
    mosaic_placements,
    padded,
    picked,
    place_pixels,
    place_truth,
    single_placement,
)
from car_detector.dataset import Dataset


@dataclass(frozen=True)
class Recipe:
    """Shares of the batch (0..1) and ranges; a share of nothing switches an augmentation off."""

    mosaic_share: float = 0.3
    mosaic_zoom: tuple[float, float] = (0.5, 1.1)
    mixup_share: float = 0.08
    zoomed_share: float = 0.5
    zoom: tuple[float, float] = (0.5, 1.6)
    hidden_share: float = 0.15
    camera_strength: float = 1.0


MAIN_RECIPE = Recipe()
# The last part of the training sees pictures like those of the car (Ge et al. 2021, "YOLOX", section 2.1).
CLOSING_RECIPE = Recipe(
    mosaic_share=0.0, mixup_share=0.0, zoomed_share=0.3, zoom=(0.7, 1.4), hidden_share=0.05, camera_strength=0.6
)


def make_batch(dataset: Dataset, indices: Tensor, recipe: Recipe, dtype: torch.dtype) -> tuple[Tensor, Truth]:
    """`indices` [batch] on the data set's device; the first ones become mosaics, the order being random anyway.

    Places need float32; colours may be worked on in the given, smaller type, which halves the memory traffic."""
    mosaic_count = round(indices.shape[0] * recipe.mosaic_share)
    parts = []
    if mosaic_count > 0:
        parts.append(mosaic_batch(dataset, indices[:mosaic_count], recipe))
    if mosaic_count < indices.shape[0]:
        parts.append(single_batch(dataset, indices[mosaic_count:], recipe))
    images = torch.cat([part[0] for part in parts])
    truths = [padded(part[1], OBJECTS_PER_PICTURE) for part in parts]
    fields = ("corners_px", "class_ids", "exists", "ignored")
    truth = Truth(*(torch.cat([getattr(part, name) for part in truths]) for name in fields))
    images, truth = mix_up(images, truth, recipe.mixup_share)
    images, truth = hide_rectangles(images, truth, recipe.hidden_share)
    return as_camera_sees(images.to(dtype), recipe.camera_strength), truth


def single_batch(dataset: Dataset, indices: Tensor, recipe: Recipe) -> tuple[Tensor, Truth]:
    images, truth = picked(dataset, indices)
    placement = single_placement(truth, recipe.zoomed_share, *recipe.zoom)
    return place_pixels(images, placement), compacted([place_truth(truth, placement)])


def mosaic_batch(dataset: Dataset, indices: Tensor, recipe: Recipe) -> tuple[Tensor, Truth]:
    count, device = indices.shape[0], indices.device
    others = torch.randint(len(dataset), (3, count), device=device)
    sources = [picked(dataset, chosen) for chosen in (indices, *others)]
    placements = mosaic_placements([truth for _, truth in sources], *recipe.mosaic_zoom)
    # Window edges are whole pixels for the mask; the boxes are cut at the same edges to within half a pixel.
    columns = torch.arange(dataset.images.shape[2], device=device) + 0.5
    rows = torch.arange(dataset.images.shape[1], device=device)[:, None] + 0.5
    result = torch.zeros_like(sources[0][0])
    for (images, _), placement in zip(sources, placements):
        x1, y1, x2, y2 = (edge[:, None, None] for edge in placement.window_px.unbind(1))
        window = (columns >= x1) & (columns < x2) & (rows >= y1) & (rows < y2)
        result = torch.where(window[:, None], place_pixels(images, placement), result)
    truths = [place_truth(truth, placement) for (_, truth), placement in zip(sources, placements)]
    return result, compacted(truths)


def mix_up(images: Tensor, truth: Truth, share: float) -> tuple[Tensor, Truth]:
    """Lays another picture of the batch faintly over some (Zhang et al. 2018, at 75 to 90 % of the first). The fainter
    picture's objects are not judged: a ghost of a cone is neither a cone nor the road."""
    count, device = images.shape[0], images.device
    partner = torch.arange(count, device=device).roll(1)
    is_mixed = torch.rand(count, device=device) < share
    faintness = torch.where(is_mixed, torch.rand(count, device=device) * 0.15 + 0.1, 0.0)
    faintness = faintness.view(-1, 1, 1, 1).to(images.dtype)
    mixed = images * (1 - faintness) + images[partner] * faintness
    exists = truth.exists[partner] & is_mixed[:, None]
    ghosts = Truth(truth.corners_px[partner], truth.class_ids[partner], exists, exists)
    return mixed, compacted([truth, ghosts])
