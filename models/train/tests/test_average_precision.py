"""Cases small enough to be counted by hand."""

import numpy as np
import pytest

from car_detector.average_precision import UNMATCHED, Objects, average_precision, match, precision_area
from car_detector.detections import Detections, detections_of


def picture(boxes: list[list[float]], ignored: list[bool]) -> Objects:
    return Objects(np.array(boxes, float).reshape(-1, 4), np.zeros(len(boxes), int), np.array(ignored, bool))


def found(boxes: list[list[float]], scores: list[float]) -> Detections:
    return Detections(np.array(boxes, float).reshape(-1, 4), np.array(scores), np.zeros(len(boxes), int))


NEAR, FAR, NOWHERE = [0, 0, 10, 10], [100, 100, 120, 120], [200, 0, 210, 10]


def test_everything_found_is_one() -> None:
    assert average_precision([found([NEAR, FAR], [0.9, 0.8])], [picture([NEAR, FAR], [False, False])], 0, 0.5) == 1.0


def test_a_false_alarm_between_two_finds_costs_the_second_half() -> None:
    # True, false, true: precision 1 up to recall 1/2 (51 points: 0 to 0.50), 2/3 for the other 50.
    area = precision_area(np.array([0.9, 0.8, 0.7]), np.array([True, False, True]), object_count=2)
    assert area == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_half_found_stops_at_half() -> None:
    assert average_precision([found([NEAR], [0.9])], [picture([NEAR, FAR], [False, False])], 0, 0.5) == pytest.approx(51 / 101)


def test_a_second_detection_of_one_object_is_a_false_alarm() -> None:
    matches = match(np.array([[0.9], [0.8]]), np.array([False]), 0.5)
    assert matches.tolist() == [0, UNMATCHED]


def test_ignored_objects_count_neither_way() -> None:
    objects = [picture([NEAR, FAR], [False, True])]
    assert average_precision([found([FAR, NEAR], [0.9, 0.8])], objects, 0, 0.5) == 1.0
    assert average_precision([found([NEAR], [0.8])], objects, 0, 0.5) == 1.0


def test_a_judged_object_comes_before_an_ignored_one_that_fits_better() -> None:
    assert match(np.array([[0.95, 0.6]]), np.array([True, False]), 0.5).tolist() == [1]


def test_a_false_alarm_elsewhere_still_counts() -> None:
    detections = [found([NOWHERE, NEAR], [0.9, 0.8])]
    assert average_precision(detections, [picture([NEAR], [False])], 0, 0.5) == pytest.approx(0.5)


def test_a_class_that_is_not_there_has_no_figure() -> None:
    assert average_precision([found([], [])], [picture([FAR], [True])], 0, 0.5) is None


def test_suppression_is_within_a_class() -> None:
    rows = np.zeros((10, 3))
    rows[:4] = np.array([[5, 5, 10, 10], [5.5, 5, 10, 10], [5, 5, 10, 10]]).T
    rows[4, 0], rows[4, 1], rows[5, 2] = 0.9, 0.8, 0.7
    detections = detections_of(rows)
    assert detections.scores.tolist() == [0.9, 0.7]
    assert detections.class_ids.tolist() == [0, 1]
    assert detections.corners_px[0].tolist() == [0, 0, 10, 10]
