"""Geometry of axis-aligned boxes as tensors. `corners` are x1, y1, x2, y2 in pixels in the last dimension."""

import math

import torch
from torch import Tensor

EPSILON = 1e-7

# Wang et al. 2021, "A Normalized Gaussian Wasserstein Distance for Tiny Object Detection": the constant is about the
# size of the objects it is meant for.
WASSERSTEIN_SCALE_PX = 8.0
# From this size on the overlap alone says how good a box is.
TINY_LIMIT_PX = 32.0
TINY_WEIGHT = 0.5


def centre_to_corners(boxes: Tensor) -> Tensor:
    """cx, cy, w, h in the last dimension to corners."""
    centre, half = boxes[..., :2], boxes[..., 2:] / 2
    return torch.cat([centre - half, centre + half], dim=-1)


def area(corners: Tensor) -> Tensor:
    return (corners[..., 2] - corners[..., 0]).clamp(min=0) * (corners[..., 3] - corners[..., 1]).clamp(min=0)


def intersection(a: Tensor, b: Tensor) -> Tensor:
    """Shared area in square pixels; the shapes broadcast."""
    width = torch.minimum(a[..., 2], b[..., 2]) - torch.maximum(a[..., 0], b[..., 0])
    height = torch.minimum(a[..., 3], b[..., 3]) - torch.maximum(a[..., 1], b[..., 1])
    return width.clamp(min=0) * height.clamp(min=0)


def overlap(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union; the shapes broadcast."""
    shared = intersection(a, b)
    return shared / (area(a) + area(b) - shared + EPSILON)


def complete_overlap(a: Tensor, b: Tensor) -> Tensor:
    """CIoU: overlap less the distance of the centres and the difference of the aspect (Zheng et al. 2020)."""
    plain = overlap(a, b)
    enclosing_width = torch.maximum(a[..., 2], b[..., 2]) - torch.minimum(a[..., 0], b[..., 0])
    enclosing_height = torch.maximum(a[..., 3], b[..., 3]) - torch.minimum(a[..., 1], b[..., 1])
    diagonal_squared = enclosing_width.square() + enclosing_height.square() + EPSILON
    centre_squared = (
        (a[..., 0] + a[..., 2] - b[..., 0] - b[..., 2]).square()
        + (a[..., 1] + a[..., 3] - b[..., 1] - b[..., 3]).square()
    ) / 4
    angle_a = torch.atan((a[..., 2] - a[..., 0]) / (a[..., 3] - a[..., 1]).clamp(min=EPSILON))
    angle_b = torch.atan((b[..., 2] - b[..., 0]) / (b[..., 3] - b[..., 1]).clamp(min=EPSILON))
    aspect = (4 / math.pi**2) * (angle_a - angle_b).square()
    with torch.no_grad():
        aspect_weight = aspect / (1 - plain + aspect + EPSILON)
    return plain - centre_squared / diagonal_squared - aspect_weight * aspect


def wasserstein_similarity(a: Tensor, b: Tensor) -> Tensor:
    """1 for equal boxes, falling smoothly with the distance of the boxes taken as Gaussians, also where none overlaps."""
    centre = (a[..., :2] + a[..., 2:] - b[..., :2] - b[..., 2:]) / 2
    half_size = (a[..., 2:] - a[..., :2] - b[..., 2:] + b[..., :2]) / 2
    squared = centre.square().sum(-1) + half_size.square().sum(-1)
    return torch.exp(-(squared + EPSILON).sqrt() / WASSERSTEIN_SCALE_PX)


def tiny_weight(truth: Tensor) -> Tensor:
    """How much the Wasserstein similarity counts for a box of this size: half for a point, nothing from 32 px on."""
    return TINY_WEIGHT * (1 - area(truth).clamp(min=EPSILON).sqrt() / TINY_LIMIT_PX).clamp(min=0)


def similarity(predicted: Tensor, truth: Tensor) -> Tensor:
    """How well a box fits, 0..1. One pixel of error halves the overlap of a 5 px cone, so that tiny boxes are also
    judged by the Wasserstein similarity; the network's scores learn this value."""
    weight = tiny_weight(truth)
    return (1 - weight) * overlap(predicted, truth) + weight * wasserstein_similarity(predicted, truth)
