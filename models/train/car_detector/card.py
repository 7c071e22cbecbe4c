"""The card beside a network: what it takes and gives, how it was made, how good it was found to be."""

import hashlib
import json
from pathlib import Path

from car_detector.evaluation import Figures

SHOWN_DECIMALS = 4


def card_path(network_path: Path) -> Path:
    return network_path.with_suffix(".json")


def write_card(card: dict, path: Path) -> None:
    path.write_text(json.dumps(card, indent=2) + "\n")


def read_card(path: Path) -> dict:
    return json.loads(path.read_text())


def file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def held_back(figures: Figures) -> dict:
    """The card's `heldBack`; a class that the pictures do not show has no figure."""

    def rounded(values: dict[str, float | None]) -> dict[str, float]:
        return {name: round(value, SHOWN_DECIMALS) for name, value in values.items() if value is not None}

    return {
        "images": figures.images,
        "seed": figures.seed,
        "map50": round(figures.map50, SHOWN_DECIMALS),
        "map5095": round(figures.map5095, SHOWN_DECIMALS),
        "perClassAp50": rounded(figures.per_class_ap50),
        "coneRecallByHeight": rounded(figures.cone_recall_by_height),
    }
