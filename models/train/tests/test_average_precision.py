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
    matches = match(np.array([NEAR, [0, 0, 10, 9]]), np.array([NEAR]), np.array([False]), 0.5)
    assert matches.tolist() == [0, UNMATCHED]


def test_ignored_objects_count_neither_way() -> None:
    objects = [picture([NEAR, FAR], [False, True])]
    assert average_precision([found([FAR, NEAR], [0.9, 0.8])], objects, 0, 0.5) == 1.0
    assert average_precision([found([NEAR], [0.8])], objects, 0, 0.5) == 1.0


def test_a_judged_object_comes_before_an_ignored_one_that_fits_better() -> None:
    objects_px = np.array([[0, 0, 10, 10], [0, 0, 10, 16]])
    assert match(np.array([NEAR]), objects_px, np.array([True, False]), 0.5).tolist() == [1]


def test_an_ignored_object_takes_all_that_lies_in_it_and_nothing_that_does_not() -> None:
    # Its whole, its upper third, the same again, two thirds of it beside it, and a box that it is a small part of.
    inside = [[100, 100, 120, 120], [100, 100, 120, 107], [100, 100, 120, 107]]
    outside = [[113, 100, 133, 120], [90, 90, 130, 130]]
    matches = match(np.array(inside + outside), np.array([FAR]), np.array([True]), 0.5)
    assert matches.tolist() == [0, 0, 0, UNMATCHED, UNMATCHED]
    objects = [picture([NEAR, FAR], [False, True])]
    assert average_precision([found([*inside, NEAR], [0.9, 0.9, 0.9, 0.8])], objects, 0, 0.5) == 1.0
    assert average_precision([found([outside[0], NEAR], [0.9, 0.8])], objects, 0, 0.5) == pytest.approx(0.5)


def test_a_second_detection_of_a_judged_object_is_not_excused_by_its_ignored_neighbour() -> None:
    objects_px, ignored = np.array([NEAR, [6, 0, 16, 10]]), np.array([False, True])
    assert match(np.array([NEAR, [0, 0, 10, 9]]), objects_px, ignored, 0.5).tolist() == [0, UNMATCHED]


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


def test_what_shares_a_place_with_something_better_comes_after_what_does_not() -> None:
    rows = np.zeros((10, 4))
    # The second shares a third of what both cover with the first; the last is of another class.
    rows[:4] = np.array([[5, 5, 10, 10], [5, 10, 10, 10], [50, 5, 10, 10], [5, 10, 10, 10]]).T
    rows[4, :3], rows[5, 3] = (0.9, 0.81, 0.8), 0.6
    detections = detections_of(rows)
    assert detections.scores == pytest.approx([0.9, 0.8, 0.81 * 8 / 9, 0.6])
    assert detections.corners_px[2].tolist() == [0, 5, 10, 15]
