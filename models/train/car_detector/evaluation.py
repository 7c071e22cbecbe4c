"""How good a network is on pictures that it was not trained on. Knows nothing of who runs the network."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from torch import Tensor
from tqdm import tqdm

from car_detector.average_precision import OVERLAP_LIMITS, UNMATCHED, Objects, average_precision, match
from car_detector.dataset import Dataset
from car_detector.detections import Detections, detections_of
from car_detector.scene import CLASS_NAMES, CONE_CLASS_IDS

# What the car acts on, and where the figures by height are taken.
ACTING_SCORE = 0.4
HEIGHT_EDGES_PX = (0, 6, 8, 10, 14, 20, 40, 288)

# Pictures [batch, height, width, 3] uint8 to decoded rows [batch, 4 + classes, cells].
Predictor = Callable[[Tensor], np.ndarray]


@dataclass(frozen=True)
class Figures:
    images: int
    seed: int
    map50: float
    map5095: float
    per_class_ap50: dict[str, float | None]
    cone_recall_by_height: dict[str, float | None]
    cone_count_by_height: dict[str, int]


def evaluate(predict: Predictor, dataset: Dataset, batch_size: int) -> Figures:
    objects = list(labelled_objects(dataset))
    detections: list[Detections] = []
    for start in tqdm(range(0, len(dataset), batch_size), "held-back pictures", leave=False, disable=None):
        detections += [detections_of(rows) for rows in predict(dataset.images.between(start, start + batch_size))]
    table = [
        [average_precision(detections, objects, class_id, limit) for limit in OVERLAP_LIMITS]
        for class_id in range(len(CLASS_NAMES))
    ]
    present = np.array([row for row in table if row[0] is not None])
    found, wanted = cones_found(detections, objects)
    return Figures(
        images=len(dataset),
        seed=dataset.seed,
        map50=float(present[:, 0].mean()) if present.size else 0.0,
        map5095=float(present.mean()) if present.size else 0.0,
        per_class_ap50={name: row[0] for name, row in zip(CLASS_NAMES, table)},
        cone_recall_by_height={
            name: found[name] / count if count > 0 else None for name, count in wanted.items()
        },
        cone_count_by_height=wanted,
    )


def labelled_objects(dataset: Dataset) -> Iterator[Objects]:
    truth = dataset.truth
    columns = (truth.corners_px, truth.class_ids, truth.ignored, truth.exists)
    corners_px, class_ids, ignored, exists = (column.numpy() for column in columns)
    for row, real in enumerate(exists):
        yield Objects(corners_px[row][real], class_ids[row][real], ignored[row][real])


def bucket_names() -> list[str]:
    return [f"{low}-{high} px" for low, high in zip(HEIGHT_EDGES_PX, HEIGHT_EDGES_PX[1:])]


def cones_found(detections: list[Detections], objects: list[Objects]) -> tuple[dict[str, int], dict[str, int]]:
    """By height: how many cones were found with their colour right at the acting score, and how many there are."""
    names = bucket_names()
    found, wanted = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    for seen, labelled in zip(detections, objects, strict=True):
        for class_id in CONE_CLASS_IDS:
            acted_on = (seen.class_ids == class_id) & (seen.scores >= ACTING_SCORE)
            of_class = labelled.class_ids == class_id
            corners_px, ignored = labelled.corners_px[of_class], labelled.ignored[of_class]
            matches = match(seen.corners_px[acted_on], corners_px, ignored, OVERLAP_LIMITS[0])
            heights_px = corners_px[:, 3] - corners_px[:, 1]
            buckets = np.clip(np.searchsorted(HEIGHT_EDGES_PX, heights_px, side="right") - 1, 0, len(names) - 1)
            for index in np.flatnonzero(~ignored):
                wanted[names[buckets[index]]] += 1
                found[names[buckets[index]]] += int(index in matches[matches != UNMATCHED])
    return found, wanted


def report(figures: Figures) -> str:
    def share(value: float | None) -> str:
        return "   -  " if value is None else f"{value:.4f}"

    lines = [f"{figures.images} pictures: mAP50 {figures.map50:.4f}, mAP50-95 {figures.map5095:.4f}"]
    lines += [f"  AP50 {share(value)}  {name}" for name, value in figures.per_class_ap50.items()]
    lines += [
        f"  recall {share(value)} of {figures.cone_count_by_height[name]} cones {name} high, score >= {ACTING_SCORE}"
        for name, value in figures.cone_recall_by_height.items()
    ]
    return "\n".join(lines)
