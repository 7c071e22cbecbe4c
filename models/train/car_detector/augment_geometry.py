"""Where things are in the picture: flip, zoom, shift, mosaic, and rectangles that hide something.

Everything works on a whole batch at once and never waits for the device. Pictures are [batch, 3, height, width]
in 0..1; labels follow their pixels, and what is cut down to little of itself is no longer judged.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from car_detector import boxes
from car_detector.assignment import Truth
from car_detector.dataset import Dataset
from car_detector.device_constant import device_constant
from car_detector.scene import IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX, LETTERBOX_VALUE, STOP_SIGN_CLASS_ID

# A box with less of its area left than this, or lower than this many pixels, is neither an object nor background.
KEPT_AREA_SHARE = 0.35
SMALLEST_HEIGHT_PX = 4.0
# An object that is gone altogether, not merely small.
GONE_HEIGHT_PX = 0.5
OBJECTS_PER_PICTURE = 96
FLIP_PROBABILITY = 0.5
# A mirrored stop sign reads wrong; few are enough to learn that its outline counts.
STOP_SIGN_FLIP_PROBABILITY = 0.1


@dataclass(frozen=True)
class Placement:
    """Where a source picture lands: output = source * zoom + shift, seen through a window of the output (pixels)."""

    zoom: Tensor  # [batch, 2], negative x for a mirrored picture
    shift_px: Tensor  # [batch, 2]
    window_px: Tensor  # [batch, 4] corners


def picture_size(device: torch.device) -> Tensor:
    return device_constant((IMAGE_WIDTH_PX, IMAGE_HEIGHT_PX), device)


def uniform(count: int, low: float, high: float, device: torch.device, columns: int = 1) -> Tensor:
    return torch.rand((count, columns), device=device) * (high - low) + low


def flip_signs(truth: Truth) -> Tensor:
    """-1 for the pictures to mirror, else 1; [batch, 1]."""
    has_stop_sign = ((truth.class_ids == STOP_SIGN_CLASS_ID) & truth.exists).any(dim=1, keepdim=True)
    probability = torch.where(has_stop_sign, STOP_SIGN_FLIP_PROBABILITY, FLIP_PROBABILITY)
    return 1.0 - 2.0 * (torch.rand(probability.shape, device=probability.device) < probability).float()


def mirrored(zoom: Tensor, shift_px: Tensor, sign: Tensor) -> tuple[Tensor, Tensor]:
    """Mirrors the source about its own middle before it is placed."""
    flip = torch.cat([sign, torch.ones_like(sign)], dim=1)
    moved = torch.cat([(1 - sign) / 2 * IMAGE_WIDTH_PX, torch.zeros_like(sign)], dim=1)
    return zoom * flip, shift_px + moved * zoom


def single_placement(truth: Truth, zoomed_share: float, smallest: float, largest: float) -> Placement:
    """One picture over the whole output; the given share of the batch is zoomed and shifted, the rest keeps its size."""
    count, device = truth.exists.shape[0], truth.exists.device
    size = picture_size(device)
    is_zoomed = torch.rand((count, 1), device=device) < zoomed_share
    scale = uniform(count, math.log(smallest), math.log(largest), device).exp()
    scale = torch.where(is_zoomed, scale, 1.0)
    aspect = torch.where(is_zoomed, uniform(count, 0.92, 1.08, device), 1.0)
    zoom = torch.cat([scale * aspect, scale / aspect], dim=1)
    # Room left over (or, zoomed in, hidden) is shared at random between the two sides.
    shift_px = torch.rand((count, 2), device=device) * (1 - zoom) * size
    zoom, shift_px = mirrored(zoom, shift_px, flip_signs(truth))
    window = device_constant((0, 0, IMAGE_WIDTH_PX, IMAGE_HEIGHT_PX), device).expand(count, 4)
    return Placement(zoom, shift_px, window)


def mosaic_placements(truths: list[Truth], smallest: float, largest: float) -> list[Placement]:
    """Four pictures about one point (Bochkovskiy et al. 2020, "YOLOv4", section 3.3), each cut by its own quarter."""
    count, device = truths[0].exists.shape[0], truths[0].exists.device
    size = picture_size(device)
    split = (torch.rand((count, 2), device=device) * 0.5 + 0.25) * size
    placements = []
    for quarter, truth in enumerate(truths):
        is_right, is_lower = quarter % 2, quarter // 2
        far = device_constant((is_right, is_lower), device)
        low, high = split * far, split * (1 - far) + size * far
        zoom = uniform(count, math.log(smallest), math.log(largest), device).exp().expand(-1, 2)
        # The quarter shows a random part of its picture; where the picture is smaller, it lies inside the quarter.
        room = (high - low) - zoom * size
        shift_px = low + torch.rand((count, 2), device=device) * room
        zoom, shift_px = mirrored(zoom, shift_px, flip_signs(truth))
        placements.append(Placement(zoom, shift_px, torch.cat([low, high], dim=1)))
    return placements


def place_pixels(images: Tensor, placement: Placement) -> Tensor:
    """The pictures as placed, letterbox grey where there is none; windows are not cut yet."""
    count, device = images.shape[0], images.device
    size = picture_size(device)
    # affine_grid runs over -1..1 across the picture: output -> source is (output - shift) / zoom in pixels.
    scale = 1 / placement.zoom
    offset = ((size / 2 - placement.shift_px) / placement.zoom - size / 2) / (size / 2)
    matrix = torch.zeros((count, 2, 3), device=device)
    matrix[:, 0, 0], matrix[:, 1, 1], matrix[:, :, 2] = scale[:, 0], scale[:, 1], offset
    grid = functional.affine_grid(matrix, list(images.shape), align_corners=False)
    grey = LETTERBOX_VALUE / 255
    return functional.grid_sample(images - grey, grid, padding_mode="zeros", align_corners=False) + grey


def place_truth(truth: Truth, placement: Placement) -> Truth:
    first = truth.corners_px[..., :2] * placement.zoom[:, None] + placement.shift_px[:, None]
    second = truth.corners_px[..., 2:] * placement.zoom[:, None] + placement.shift_px[:, None]
    whole = torch.cat([torch.minimum(first, second), torch.maximum(first, second)], dim=-1)
    window = placement.window_px[:, None]
    clipped = torch.cat(
        [
            torch.minimum(torch.maximum(whole[..., :2], window[..., :2]), window[..., 2:]),
            torch.minimum(torch.maximum(whole[..., 2:], window[..., :2]), window[..., 2:]),
        ],
        dim=-1,
    )
    height_px = clipped[..., 3] - clipped[..., 1]
    width_px = clipped[..., 2] - clipped[..., 0]
    kept_share = boxes.area(clipped) / boxes.area(whole).clamp(min=boxes.EPSILON)
    exists = truth.exists & (height_px > GONE_HEIGHT_PX) & (width_px > GONE_HEIGHT_PX)
    ignored = truth.ignored | (kept_share < KEPT_AREA_SHARE) | (height_px < SMALLEST_HEIGHT_PX)
    return Truth(clipped, truth.class_ids, exists, ignored & exists)


def compacted(truths: list[Truth]) -> Truth:
    """The objects of several truths as one, real rows first, cut to a fixed length: no shape depends on the data."""
    joined = {
        name: torch.cat([getattr(truth, name) for truth in truths], dim=1)
        for name in ("corners_px", "class_ids", "exists", "ignored")
    }
    length = joined["exists"].shape[1]
    order = (~joined["exists"]).int().argsort(dim=1, stable=True)[:, : min(length, OBJECTS_PER_PICTURE)]
    corners = joined.pop("corners_px").gather(1, order[:, :, None].expand(-1, -1, 4))
    return Truth(corners, **{name: values.gather(1, order) for name, values in joined.items()})


def padded(truth: Truth, length: int) -> Truth:
    missing = length - truth.exists.shape[1]
    return Truth(
        functional.pad(truth.corners_px, (0, 0, 0, missing)),
        functional.pad(truth.class_ids, (0, missing)),
        functional.pad(truth.exists, (0, missing)),
        functional.pad(truth.ignored, (0, missing)),
    )


def picked(dataset: Dataset, indices: Tensor) -> tuple[Tensor, Truth]:
    """Pictures and labels at these indices, as floats in 0..1."""
    images = dataset.images[indices].permute(0, 3, 1, 2).float() / 255
    labels = dataset.truth
    truth = Truth(labels.corners_px[indices], labels.class_ids[indices], labels.exists[indices], labels.ignored[indices])
    return images, truth


def hide_rectangles(images: Tensor, truth: Truth, share: float) -> tuple[Tensor, Truth]:
    """Random erasing (Zhong et al. 2017): one flat rectangle over some pictures; what it mostly hides is not judged."""
    count, device = images.shape[0], images.device
    size = picture_size(device)
    is_hidden = torch.rand((count, 1), device=device) < share
    extent = uniform(count, 0.03, 0.25, device, columns=2) * size
    low = torch.rand((count, 2), device=device) * (size - extent)
    rectangle = torch.cat([low, low + extent * is_hidden], dim=1)
    x = torch.arange(IMAGE_WIDTH_PX, device=device) + 0.5
    y = torch.arange(IMAGE_HEIGHT_PX, device=device)[:, None] + 0.5
    x1, y1, x2, y2 = (edge[:, None, None] for edge in rectangle.unbind(1))
    covered = (x > x1) & (x < x2) & (y > y1) & (y < y2)
    colour = torch.rand((count, 3, 1, 1), device=device, dtype=images.dtype)
    images = torch.where(covered[:, None], colour, images)
    hidden_area = boxes.intersection(truth.corners_px, rectangle[:, None])
    mostly_hidden = hidden_area > (1 - KEPT_AREA_SHARE) * boxes.area(truth.corners_px).clamp(min=boxes.EPSILON)
    return images, Truth(truth.corners_px, truth.class_ids, truth.exists, truth.ignored | mostly_hidden & truth.exists)
