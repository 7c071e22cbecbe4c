"""Labels follow their pixels into the window."""

from pathlib import Path

import numpy as np
import pytest
import torch

from car_detector.assignment import Truth
from car_detector.dataset import Dataset, Pictures, load_dataset
from car_detector.scene import IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX, STOP_SIGN_CLASS_ID
from car_detector.windows import (
    CLOSING_RECIPE,
    MAIN_RECIPE,
    Labels,
    choose_window,
    cut_labels,
    joined,
    make_batch,
    make_sample,
)
from toy_dataset import write_toy_dataset

CPU = torch.device("cpu")
BOX = (100.0, 80.0, 140.0, 120.0)


def labels(box: tuple[float, ...] = BOX, class_id: int = 0, ignored: bool = False) -> Labels:
    return Labels(np.array([box], np.float32), np.array([class_id]), np.array([ignored]))


def white_box_dataset() -> Dataset:
    """A white rectangle on black, and its label."""
    images = torch.zeros((1, IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX, 3), dtype=torch.uint8)
    x1, y1, x2, y2 = (int(edge) for edge in BOX)
    images[0, y1:y2, x1:x2] = 255
    return Dataset(Pictures([images], 1), joined((labels(),), CPU), seed=0)


@pytest.mark.parametrize("recipe", [MAIN_RECIPE, CLOSING_RECIPE])
def test_a_box_stays_on_its_pixels(recipe) -> None:
    shown = 0
    for seed in range(40):
        pixels, placed = make_sample(white_box_dataset(), 0, recipe, np.random.default_rng(seed))
        bright = (pixels[0, 0] > 127).nonzero()
        if len(placed.class_ids) == 0:
            assert len(bright) <= 2 * max(pixels.shape)
            continue
        seen = [bright[:, 1].min(), bright[:, 0].min(), bright[:, 1].max() + 1, bright[:, 0].max() + 1]
        assert placed.corners_px[0] == pytest.approx([float(edge) for edge in seen], abs=1.0)
        shown += 1
    assert shown > 20


def test_a_window_lies_in_the_picture_and_mostly_shows_an_object() -> None:
    sizes = set()
    for seed in range(200):
        left, top, width, height = choose_window(labels(), MAIN_RECIPE, np.random.default_rng(seed))
        assert 0 <= left <= left + width <= IMAGE_WIDTH_PX and 0 <= top <= top + height <= IMAGE_HEIGHT_PX
        sizes.add(width)
    assert max(sizes) == IMAGE_WIDTH_PX and min(sizes) < MAIN_RECIPE.width_px


def test_a_box_that_is_mostly_cut_off_is_not_judged() -> None:
    whole = cut_labels(labels(), (90, 70, 256, 192), MAIN_RECIPE)
    assert not whole.ignored.any()
    mostly_gone = cut_labels(labels(), (130, 70, 256, 192), MAIN_RECIPE)
    assert mostly_gone.ignored.tolist() == [True]
    assert mostly_gone.corners_px[0, :3:2].tolist() == [0.0, 10.0]
    assert len(cut_labels(labels(), (140, 70, 244, 192), MAIN_RECIPE).class_ids) == 0


def test_what_becomes_too_small_or_was_ignored_is_not_judged() -> None:
    small = labels((100.0, 100.0, 104.0, 105.0))
    assert not cut_labels(small, (90, 70, 256, 192), MAIN_RECIPE).ignored.any()
    assert cut_labels(small, (0, 0, IMAGE_WIDTH_PX, IMAGE_HEIGHT_PX), MAIN_RECIPE).ignored.all()
    assert cut_labels(labels(ignored=True), (90, 70, 170, 128), MAIN_RECIPE).ignored.all()


def test_stop_signs_are_seldom_mirrored() -> None:
    def mirrored_share(class_id: int) -> float:
        dataset = white_box_dataset()
        dataset.truth.class_ids[0, 0] = class_id
        samples = (make_sample(dataset, 0, CLOSING_RECIPE, np.random.default_rng(seed))[1] for seed in range(200))
        return float(np.mean([sample.corners_px[0, 0] > IMAGE_WIDTH_PX / 2 for sample in samples]))

    assert 0.4 < mirrored_share(0) < 0.6
    assert 0.02 < mirrored_share(STOP_SIGN_CLASS_ID) < 0.2


def test_a_batch_is_in_range_and_the_same_for_the_same_generator(tmp_path: Path) -> None:
    write_toy_dataset(tmp_path / "data", count=8, seed=1)
    dataset = load_dataset(tmp_path / "data")
    images, truth = make_batch(dataset, np.arange(8), MAIN_RECIPE, np.random.default_rng(3), CPU)
    assert images.shape == (8, 3, MAIN_RECIPE.height_px, MAIN_RECIPE.width_px)
    assert images.is_contiguous(memory_format=torch.channels_last)
    assert 0 <= images.min() and images.max() <= 1
    assert truth.exists.sum() > 8 and not (truth.ignored & ~truth.exists).any()
    again, _ = make_batch(dataset, np.arange(8), MAIN_RECIPE, np.random.default_rng(3), CPU)
    assert torch.equal(images, again)


def test_padding_is_not_an_object() -> None:
    nothing = Labels(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, bool))
    truth: Truth = joined((nothing, labels(class_id=2)), CPU)
    assert truth.exists.tolist() == [[False], [True]]
    assert truth.class_ids[1, 0] == 2
    assert joined((nothing,), CPU).corners_px.shape == (1, 1, 4)
