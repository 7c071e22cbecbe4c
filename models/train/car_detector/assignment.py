"""Which cells answer for which object: task-aligned assignment (Feng et al. 2021, "TOOD") among the cells about the
object's centre at the strides that suit its size (Tian et al. 2019, "FCOS"), so that even the first steps teach the
right cells.

A cell's alignment with an object is score^a * similarity^b of its own prediction; the best few candidates of each
object become its positives, and the score they should give is their alignment scaled to the object's best similarity.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from car_detector import boxes
from car_detector.network import STRIDES_PX

SCORE_POWER = 0.5
SIMILARITY_POWER = 4.0
CELLS_PER_OBJECT = 8
# An early prediction may miss every object: a candidate is never worth nothing, or a far object would teach nobody.
ALIGNMENT_FLOOR = 1e-9
# A wrong box does not mean that there is nothing: the best cell of an object learns at least this score. Scores that
# follow the overlap alone stay near nothing for most of a short training.
TARGET_FLOOR = 0.5
# The longer side of the objects that each stride answers for; they share what lies between.
LONGER_SIDE_PX = {8: (0.0, 64.0), 16: (16.0, 160.0), 32: (48.0, float("inf"))}
# Cells this far from an object's centre, in strides, and inside it may answer for it.
CENTRE_REACH_STRIDES = 2.5
# A prediction mostly inside an ignored object says nothing wrong.
IGNORED_SHARE = 0.5


@dataclass(frozen=True)
class Truth:
    """The objects of a batch, padded to one length. `exists` marks real rows, `ignored` those of them not to be judged."""

    corners_px: Tensor  # [batch, objects, 4]
    class_ids: Tensor  # [batch, objects] int64
    exists: Tensor  # [batch, objects] bool
    ignored: Tensor  # [batch, objects] bool


@dataclass(frozen=True)
class Assignment:
    positive: Tensor  # [batch, cells] bool
    object_index: Tensor  # [batch, cells] int64, meaningful where positive
    target_score: Tensor  # [batch, cells] 0..1, zero where not positive
    unjudged: Tensor  # [batch, cells] bool: not positive, and no negative either


def candidate_cells(truth: Truth, centres_px: Tensor, strides_px: Tensor) -> Tensor:
    """[batch, objects, cells]: cells inside an object near its centre, and the finest cells about the centre of one
    that they suit, for tiny objects lie between cell centres."""
    corners = truth.corners_px[:, :, None]
    cell_x, cell_y = centres_px[0], centres_px[1]
    inside = (
        (cell_x > corners[..., 0]) & (cell_x < corners[..., 2]) & (cell_y > corners[..., 1]) & (cell_y < corners[..., 3])
    )
    distance_px = torch.maximum(
        (cell_x - (corners[..., 0] + corners[..., 2]) / 2).abs(),
        (cell_y - (corners[..., 1] + corners[..., 3]) / 2).abs(),
    )
    finest = strides_px[0] == STRIDES_PX[0]
    near = finest & (distance_px < STRIDES_PX[0])
    reached = inside & (distance_px < CENTRE_REACH_STRIDES * strides_px[0])
    longer_side_px = torch.maximum(corners[..., 2] - corners[..., 0], corners[..., 3] - corners[..., 1])
    shortest_px, longest_px = torch.zeros_like(strides_px[0]), torch.zeros_like(strides_px[0])
    for stride_px, (low_px, high_px) in LONGER_SIDE_PX.items():
        shortest_px[strides_px[0] == stride_px] = low_px
        longest_px[strides_px[0] == stride_px] = high_px
    suits = (longer_side_px >= shortest_px) & (longer_side_px < longest_px)
    judged = truth.exists & ~truth.ignored
    return (reached | near) & suits & judged[:, :, None]


def unjudged_cells(truth: Truth, predicted_corners_px: Tensor, centres_px: Tensor, strides_px: Tensor) -> Tensor:
    """[batch, cells]: cells whose centre lies in an ignored object (grown by half a cell), or whose box does."""
    ignored = (truth.exists & truth.ignored)[:, :, None]
    corners = truth.corners_px[:, :, None]
    cell_x, cell_y, margin_px = centres_px[0], centres_px[1], strides_px[0].clamp(max=STRIDES_PX[0]) / 2
    inside = (
        (cell_x > corners[..., 0] - margin_px)
        & (cell_x < corners[..., 2] + margin_px)
        & (cell_y > corners[..., 1] - margin_px)
        & (cell_y < corners[..., 3] + margin_px)
    )
    predicted = predicted_corners_px[:, None]
    covered = boxes.intersection(predicted, corners) > IGNORED_SHARE * boxes.area(predicted)
    return ((inside | covered) & ignored).any(dim=1)


@torch.no_grad()
def assign(
    truth: Truth, scores: Tensor, predicted_corners_px: Tensor, centres_px: Tensor, strides_px: Tensor
) -> Assignment:
    """`scores` [batch, classes, cells] 0..1, `predicted_corners_px` [batch, cells, 4], cells as `network.cell_grid`."""
    candidate = candidate_cells(truth, centres_px, strides_px)
    # One pair of object and cell in a hundred is a candidate: the others are not worth their arithmetic.
    picture, owner, cell = candidate.nonzero(as_tuple=True)
    pair_fit = boxes.similarity(predicted_corners_px[picture, cell], truth.corners_px[picture, owner])
    pair_score = scores[picture, truth.class_ids[picture, owner], cell]
    fit, alignment = torch.zeros_like(candidate, dtype=scores.dtype), torch.zeros_like(candidate, dtype=scores.dtype)
    fit[picture, owner, cell] = pair_fit
    alignment[picture, owner, cell] = pair_score.pow(SCORE_POWER) * pair_fit.pow(SIMILARITY_POWER) + ALIGNMENT_FLOOR

    best = alignment.topk(CELLS_PER_OBJECT, dim=2)
    chosen = torch.zeros_like(candidate).scatter(2, best.indices, best.values > 0)
    # A cell wanted by several objects goes to the one its box fits best.
    winner = ((fit + ALIGNMENT_FLOOR) * chosen).argmax(dim=1)
    positive = chosen.any(dim=1)
    chosen &= torch.zeros_like(chosen).scatter(1, winner[:, None], True)

    alignment = alignment * chosen
    best_alignment = alignment.amax(dim=2, keepdim=True)
    best_fit = (fit * chosen).amax(dim=2, keepdim=True)
    target = (alignment / best_alignment.clamp(min=ALIGNMENT_FLOOR) * best_fit.clamp(min=TARGET_FLOOR)).amax(dim=1)
    unjudged = unjudged_cells(truth, predicted_corners_px, centres_px, strides_px) & ~positive
    return Assignment(positive, winner, target, unjudged)
