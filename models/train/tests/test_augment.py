"""Labels follow their pixels."""

from pathlib import Path

import pytest
import torch

from car_detector.assignment import Truth
from car_detector.augment import MAIN_RECIPE, make_batch
from car_detector.augment_geometry import OBJECTS_PER_PICTURE, Placement, place_pixels, place_truth
from car_detector.dataset import load_dataset
from car_detector.scene import IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX
from toy_dataset import write_toy_dataset

WHOLE = [0.0, 0.0, float(IMAGE_WIDTH_PX), float(IMAGE_HEIGHT_PX)]


def one_box(box: list[float]) -> tuple[torch.Tensor, Truth]:
    """A white rectangle on black, and its label."""
    image = torch.zeros((1, 3, IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX))
    x1, y1, x2, y2 = (int(edge) for edge in box)
    image[:, :, y1:y2, x1:x2] = 1
    yes = torch.ones((1, 1), dtype=torch.bool)
    return image, Truth(torch.tensor([[box]]), torch.zeros((1, 1), dtype=torch.int64), yes, ~yes)


@pytest.mark.parametrize(
    ("zoom", "shift_px"),
    [
        ([1.0, 1.0], [0.0, 0.0]),
        ([1.5, 1.5], [-60.0, -30.0]),
        ([-1.0, 1.0], [384.0, 0.0]),
        ([0.5, 0.5], [90.0, 40.0]),
    ],
)
def test_a_box_stays_on_its_pixels(zoom: list[float], shift_px: list[float]) -> None:
    image, truth = one_box([100.0, 80.0, 140.0, 120.0])
    placement = Placement(torch.tensor([zoom]), torch.tensor([shift_px]), torch.tensor([WHOLE]))
    placed, labels = place_pixels(image, placement), place_truth(truth, placement)
    bright = (placed[0, 0] > 0.7).nonzero()
    seen = [bright[:, 1].min(), bright[:, 0].min(), bright[:, 1].max() + 1, bright[:, 0].max() + 1]
    assert labels.corners_px[0, 0].tolist() == pytest.approx([float(edge) for edge in seen], abs=1.0)


def test_a_box_that_is_mostly_cut_off_is_not_judged() -> None:
    _, truth = one_box([100.0, 80.0, 140.0, 120.0])
    by_three_quarters = Placement(torch.ones((1, 2)), torch.tensor([[-130.0, 0.0]]), torch.tensor([WHOLE]))
    labels = place_truth(truth, by_three_quarters)
    assert labels.exists.item() and labels.ignored.item()
    altogether = Placement(torch.ones((1, 2)), torch.tensor([[-200.0, 0.0]]), torch.tensor([WHOLE]))
    assert not place_truth(truth, altogether).exists.item()


def test_a_batch_is_in_range_and_of_fixed_shape(tmp_path: Path) -> None:
    write_toy_dataset(tmp_path / "data", count=8, seed=1)
    dataset = load_dataset(tmp_path / "data", torch.device("cpu"))
    images, truth = make_batch(dataset, torch.arange(8), MAIN_RECIPE, torch.float32)
    assert images.shape == (8, 3, IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX)
    assert 0 <= images.min() and images.max() <= 1
    assert truth.corners_px.shape == (8, OBJECTS_PER_PICTURE, 4)
    assert (truth.exists.sum(dim=1) > 0).all()
