"""From the network's rows to detections: score threshold, suppression and fading, in numpy, as the car does it
(`daemon/perception/detector`: `nms.ts`, `fading.ts`)."""

from dataclasses import dataclass

import numpy as np

from car_detector.network import BOX_ROWS

# What is kept for an average precision, which wants the whole curve; a car uses a far higher score.
SCORE_LIMIT = 0.001
SUPPRESSION_OVERLAP = 0.7
# As the card says it to the car: boxes of a class that overlap by less lower each other's scores (`faded`).
SUPPRESSION = "soft"
DETECTIONS_PER_IMAGE = 100
CANDIDATES_PER_IMAGE = 1000
# In place of an area of nothing, where one divides by it; square pixels.
LEAST_AREA_PX = 1e-9


@dataclass(frozen=True)
class Detections:
    """Of one picture, best first."""

    corners_px: np.ndarray  # [count, 4]
    scores: np.ndarray  # [count]
    class_ids: np.ndarray  # [count]


def overlaps(corners: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union, [corners, others]."""
    shared = intersections(corners, others)
    return shared / np.maximum(areas(corners)[:, None] + areas(others)[None] - shared, LEAST_AREA_PX)


def shares_within(corners: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over the box's own area, [corners, others]: how much of it lies in the other."""
    return intersections(corners, others) / np.maximum(areas(corners), LEAST_AREA_PX)[:, None]


def intersections(corners: np.ndarray, others: np.ndarray) -> np.ndarray:
    low = np.maximum(corners[:, None, :2], others[None, :, :2])
    high = np.minimum(corners[:, None, 2:], others[None, :, 2:])
    return np.prod(np.clip(high - low, 0, None), axis=2)


def areas(corners: np.ndarray) -> np.ndarray:
    return np.prod(corners[:, 2:] - corners[:, :2], axis=1)


def detections_of(rows: np.ndarray) -> Detections:
    """`rows` [4 + classes, cells] of one picture, decoded. A cell may speak for several classes, each on its own."""
    class_ids, cells = np.nonzero(rows[BOX_ROWS:] > SCORE_LIMIT)
    scores = rows[BOX_ROWS + class_ids, cells]
    order = np.argsort(-scores, kind="stable")[:CANDIDATES_PER_IMAGE]
    class_ids, cells, scores = class_ids[order], cells[order], scores[order]
    centre, half = rows[:2, cells].T, rows[2:BOX_ROWS, cells].T / 2
    corners = np.concatenate([centre - half, centre + half], axis=1)
    kept = suppressed(corners, class_ids)
    corners, scores, class_ids = corners[kept], faded(corners[kept], scores[kept], class_ids[kept]), class_ids[kept]
    bright = np.argsort(-scores, kind="stable")
    bright = bright[scores[bright] > SCORE_LIMIT]
    return Detections(corners[bright], scores[bright], class_ids[bright])


def suppressed(corners: np.ndarray, class_ids: np.ndarray) -> np.ndarray:
    """Indices that survive greedy suppression within each class, at most DETECTIONS_PER_IMAGE; input is best first."""
    kept: list[int] = []
    alive = np.ones(len(corners), bool)
    while len(kept) < DETECTIONS_PER_IMAGE:
        remaining = np.flatnonzero(alive)
        if remaining.size == 0:
            break
        best = remaining[0]
        kept.append(int(best))
        near = overlaps(corners[best : best + 1], corners[remaining])[0] > SUPPRESSION_OVERLAP
        alive[remaining[near & (class_ids[remaining] == class_ids[best])]] = False
        alive[best] = False
    return np.array(kept, np.int64)


def faded(corners: np.ndarray, scores: np.ndarray, class_ids: np.ndarray) -> np.ndarray:
    """The scores, each lowered by every better box of its class: times 1 - overlap^2. Input is best first.

    After Bodla et al. 2017, "Soft-NMS". A box that overlaps another by half is either a half hidden neighbour or the same
    thing again: suppression can only believe it or strike it, here it comes after what is surer.
    """
    rivals = np.tril(class_ids[:, None] == class_ids[None], k=-1)
    return scores * np.prod(1 - np.square(overlaps(corners, corners)) * rivals, axis=1)
