"""Who answers for what."""

import pytest
import torch
from torch import Tensor

from car_detector.assignment import CELLS_PER_OBJECT, LONGER_SIDE_PX, TARGET_FLOOR, Assignment, Truth, assign
from car_detector.losses import detection_loss
from car_detector.network import BOX_ROWS, STRIDES_PX, cell_grid
from car_detector.scene import CLASS_COUNT

CENTRES_PX, CELL_STRIDES_PX = cell_grid()
CELL_COUNT = CENTRES_PX.shape[1]


def truth_of(boxes: list[list[float]], ignored: list[bool]) -> Truth:
    count = len(boxes)
    return Truth(
        torch.tensor([boxes]), torch.zeros((1, count), dtype=torch.int64), torch.ones((1, count), dtype=torch.bool),
        torch.tensor([ignored]),
    )


def untrained_assignment(truth: Truth) -> Assignment:
    """What a network is assigned whose every cell predicts a box of its own stride about its own centre."""
    half = CELL_STRIDES_PX / 2
    corners = torch.cat([CENTRES_PX - half, CENTRES_PX + half]).T[None]
    scores = torch.full((1, CLASS_COUNT, CELL_COUNT), 0.01)
    return assign(truth, scores, corners, CENTRES_PX, CELL_STRIDES_PX)


def test_a_cone_between_four_cell_centres_has_its_cells() -> None:
    # Cell centres are at 100 and 108 px: this cone of 3 x 5 px contains none of them.
    assignment = untrained_assignment(truth_of([[102.5, 101.5, 105.5, 106.5]], [False]))
    positive = assignment.positive[0].nonzero().flatten()
    assert len(positive) == 4
    assert (CELL_STRIDES_PX[0, positive] == STRIDES_PX[0]).all()
    assert 0 < assignment.target_score.max() <= 1


def test_two_cones_in_one_cell_both_have_a_cell() -> None:
    assignment = untrained_assignment(truth_of([[97.0, 97.0, 100.0, 102.0], [101.0, 98.0, 104.0, 103.0]], [False, False]))
    assert set(assignment.object_index[assignment.positive].tolist()) == {0, 1}


def test_an_object_has_no_more_cells_than_its_share() -> None:
    assignment = untrained_assignment(truth_of([[20.0, 20.0, 200.0, 220.0]], [False]))
    assert assignment.positive.sum() == CELLS_PER_OBJECT


@pytest.mark.parametrize("side_px", [4.0, 12.0, 16.0, 40.0, 70.0, 150.0, 280.0])
def test_an_object_is_answered_for_near_its_centre_at_strides_that_suit_it(side_px: float) -> None:
    assignment = untrained_assignment(truth_of([[2.0, 2.0, 2.0 + side_px, 2.0 + side_px]], [False]))
    positive = assignment.positive[0]
    assert positive.any()
    for stride_px in STRIDES_PX:
        shortest_px, longest_px = LONGER_SIDE_PX[stride_px]
        of_stride = positive & (CELL_STRIDES_PX[0] == stride_px)
        assert not of_stride.any() or shortest_px <= side_px < longest_px
        distance_px = (CENTRES_PX[:, of_stride] - (2.0 + side_px / 2)).abs()
        assert (distance_px < 2.5 * stride_px).all()


def test_the_best_cell_learns_that_there_is_something_however_wrong_its_box() -> None:
    # Cells of the coarsest stride predict 32 px where the object has 280.
    assignment = untrained_assignment(truth_of([[2.0, 2.0, 282.0, 282.0]], [False]))
    assert assignment.target_score.max().item() == pytest.approx(TARGET_FLOOR)


def test_an_ignored_object_is_neither_wanted_nor_background() -> None:
    assignment = untrained_assignment(truth_of([[96.0, 96.0, 120.0, 120.0]], [True]))
    assert not assignment.positive.any()
    inside = ((CENTRES_PX > 96) & (CENTRES_PX < 120)).all(dim=0)
    assert assignment.unjudged[0, inside].all()
    assert assignment.unjudged.sum() < CELL_COUNT / 10


def raw_rows() -> Tensor:
    return torch.zeros((1, BOX_ROWS + CLASS_COUNT, CELL_COUNT), requires_grad=True)


def test_ignored_cells_have_no_gradient() -> None:
    raw = raw_rows()
    detection_loss(raw, truth_of([[96.0, 96.0, 120.0, 120.0]], [True]), CENTRES_PX, CELL_STRIDES_PX).total.backward()
    inside = ((CENTRES_PX > 96) & (CENTRES_PX < 120)).all(dim=0)
    assert (raw.grad[0, :, inside] == 0).all()
    assert (raw.grad[0, BOX_ROWS:, ~inside] >= 0).all()


def test_padding_and_empty_pictures_keep_the_loss_finite() -> None:
    raw = raw_rows()
    empty = Truth(
        torch.zeros((1, 3, 4)), torch.zeros((1, 3), dtype=torch.int64), torch.zeros((1, 3), dtype=torch.bool),
        torch.zeros((1, 3), dtype=torch.bool),
    )
    detection_loss(raw, empty, CENTRES_PX, CELL_STRIDES_PX).total.backward()
    assert raw.grad.isfinite().all()
