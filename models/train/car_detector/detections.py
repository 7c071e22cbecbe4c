"""From the network's rows to detections: score threshold and suppression, in numpy, as a user of the network does it."""

from dataclasses import dataclass

import numpy as np

from car_detector.network import BOX_ROWS

# What is kept for an average precision, which wants the whole curve; a car uses a far higher score.
SCORE_LIMIT = 0.001
SUPPRESSION_OVERLAP = 0.6
DETECTIONS_PER_IMAGE = 100
CANDIDATES_PER_IMAGE = 1000


@dataclass(frozen=True)
class Detections:
    """Of one picture, best first."""

    corners_px: np.ndarray  # [count, 4]
    scores: np.ndarray  # [count]
    class_ids: np.ndarray  # [count]


def overlaps(corners: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union, [corners, others]."""
    low = np.maximum(corners[:, None, :2], others[None, :, :2])
    high = np.minimum(corners[:, None, 2:], others[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    areas = np.prod(corners[:, 2:] - corners[:, :2], axis=1)
    other_areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
    return shared / np.maximum(areas[:, None] + other_areas[None] - shared, 1e-9)


def detections_of(rows: np.ndarray) -> Detections:
    """`rows` [4 + classes, cells] of one picture, decoded. A cell may speak for several classes, each on its own."""
    class_ids, cells = np.nonzero(rows[BOX_ROWS:] > SCORE_LIMIT)
    scores = rows[BOX_ROWS + class_ids, cells]
    order = np.argsort(-scores, kind="stable")[:CANDIDATES_PER_IMAGE]
    class_ids, cells, scores = class_ids[order], cells[order], scores[order]
    centre, half = rows[:2, cells].T, rows[2:BOX_ROWS, cells].T / 2
    corners = np.concatenate([centre - half, centre + half], axis=1)
    kept = suppressed(corners, class_ids)
    return Detections(corners[kept], scores[kept], class_ids[kept])


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
