"""A data set that needs no renderer: coloured triangles, squares and rings on noise, in the format of the real one."""

import json
from pathlib import Path

import numpy as np

from car_detector.scene import CLASS_NAMES, IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX

IMAGES_PER_SHARD = 64
COLOURS = ((40, 80, 200), (220, 200, 40), (230, 110, 30), (200, 30, 30), (90, 160, 90), (150, 110, 70))
TRIANGLE_CLASSES = (0, 1, 2)
IGNORED_BELOW_PX = 5.0


def write_toy_dataset(folder: Path, count: int, seed: int) -> None:
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    images, lines = [], []
    for index in range(count):
        image, objects = draw_picture(random)
        images.append(image)
        lines.append(json.dumps({"index": index, "seed": seed * 1000 + index, "objects": objects}))
    for shard, start in enumerate(range(0, count, IMAGES_PER_SHARD)):
        np.stack(images[start : start + IMAGES_PER_SHARD]).tofile(folder / f"images-{shard:03d}.bin")
    (folder / "labels.jsonl").write_text("\n".join(lines) + "\n")
    meta = {
        "count": count,
        "widthPx": IMAGE_WIDTH_PX,
        "heightPx": IMAGE_HEIGHT_PX,
        "classes": list(CLASS_NAMES),
        "seed": seed,
    }
    (folder / "meta.json").write_text(json.dumps(meta))


def draw_picture(random: np.random.Generator) -> tuple[np.ndarray, list[dict]]:
    ground = random.integers(60, 170, 3)
    image = ground + random.normal(0, 12, (IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX, 3))
    objects: list[dict] = []
    for _ in range(random.integers(4, 12)):
        class_id = int(random.integers(len(CLASS_NAMES)))
        height_px = float(np.exp(random.uniform(np.log(4), np.log(60))))
        width_px = height_px * (0.7 if class_id in TRIANGLE_CLASSES else 1.0)
        left = random.uniform(0, IMAGE_WIDTH_PX - width_px)
        top = random.uniform(0, IMAGE_HEIGHT_PX - height_px)
        box = [left, top, left + width_px, top + height_px]
        if any(touches(box, other["box"]) for other in objects):
            continue
        paint(image, box, class_id)
        objects.append({"classId": class_id, "box": box, "visible": 1.0, "ignore": height_px < IGNORED_BELOW_PX})
    return image.clip(0, 255).astype(np.uint8), objects


def touches(box: list[float], other: list[float]) -> bool:
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]


def paint(image: np.ndarray, box: list[float], class_id: int) -> None:
    """Pixel centres inside the shape; a triangle stands on its base, the others fill their box."""
    x, y = np.arange(IMAGE_WIDTH_PX) + 0.5, np.arange(IMAGE_HEIGHT_PX)[:, None] + 0.5
    inside = (x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3])
    if class_id in TRIANGLE_CLASSES:
        middle, half_width = (box[0] + box[2]) / 2, (box[2] - box[0]) / 2
        inside &= abs(x - middle) <= half_width * (y - box[1]) / (box[3] - box[1])
    image[inside] = COLOURS[class_id]
