"""Average precision by the rules of COCO (Lin et al. 2014): 101 recall points, ignored objects count neither way.

An object is ignored because it is too small, too hidden or too much cut off to say what of it there is to be found, and
where it ends. So it is treated as COCO treats a crowd, and as training does (`assignment.unjudged_cells`): whatever
detections of its class lie in it are not judged, as many as they are and however much of it they leave out.
"""

from dataclasses import dataclass

import numpy as np

from car_detector.detections import Detections, overlaps, shares_within

OVERLAP_LIMITS = np.linspace(0.5, 0.95, 10)
RECALL_POINTS = np.linspace(0, 1, 101)
UNMATCHED = -1


@dataclass(frozen=True)
class Objects:
    """The labelled objects of one picture."""

    corners_px: np.ndarray  # [count, 4]
    class_ids: np.ndarray  # [count]
    ignored: np.ndarray  # [count] bool


def match(found_px: np.ndarray, objects_px: np.ndarray, ignored: np.ndarray, overlap_limit: float) -> np.ndarray:
    """The object that each detection is taken for, or UNMATCHED. Corners of both, detections best first.

    Greedy: every detection takes the free judged object that it overlaps most. What finds none, and lies in an ignored
    object by that share of itself, is taken for it; ignored objects are never used up.
    """
    matches = np.full(len(found_px), UNMATCHED)
    if len(objects_px) == 0:
        return matches
    overlap = np.where(ignored, 0.0, overlaps(found_px, objects_px))
    share = np.where(ignored, shares_within(found_px, objects_px), 0.0)
    free = np.ones(len(objects_px), bool)
    # Most low-scored detections touch nothing; they need no search.
    for detection in np.flatnonzero((np.maximum(overlap, share) >= overlap_limit).any(axis=1)):
        fitting = overlap[detection] * free
        if fitting.max() >= overlap_limit:
            matches[detection] = fitting.argmax()
            free[matches[detection]] = False
        elif share[detection].max() >= overlap_limit:
            matches[detection] = share[detection].argmax()
    return matches


def precision_area(scores: np.ndarray, is_true: np.ndarray, object_count: int) -> float:
    """Mean precision at the recall points. `scores` and `is_true` of the detections of all pictures, in any order."""
    order = np.argsort(-scores, kind="stable")
    true_count = np.cumsum(is_true[order])
    precision = true_count / np.arange(1, len(order) + 1)
    recall = true_count / object_count
    # The best precision at this recall or a higher one.
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    position = np.searchsorted(recall, RECALL_POINTS, side="left")
    reached = position < len(order)
    return float(np.where(reached, np.append(envelope, 0.0)[np.minimum(position, len(order))], 0.0).mean())


def average_precision(
    detections: list[Detections], objects: list[Objects], class_id: int, overlap_limit: float
) -> float | None:
    """None where the pictures hold no object of the class that counts."""
    scores, is_true, object_count = [], [], 0
    for found, labelled in zip(detections, objects, strict=True):
        of_class = found.class_ids == class_id
        wanted = labelled.class_ids == class_id
        ignored = labelled.ignored[wanted]
        matches = match(found.corners_px[of_class], labelled.corners_px[wanted], ignored, overlap_limit)
        matched = matches != UNMATCHED
        counts = ~matched
        counts[matched] = ~ignored[matches[matched]]
        scores.append(found.scores[of_class][counts])
        is_true.append(matched[counts])
        object_count += int((~ignored).sum())
    if object_count == 0:
        return None
    return precision_area(np.concatenate(scores), np.concatenate(is_true), object_count)
