"""`python -m car_detector.evaluate`: an exported network's figures on held-back pictures, written into its card."""

import argparse
from pathlib import Path

import torch

from car_detector.card import card_path, file_digest, held_back, read_card, write_card
from car_detector.dataset import load_dataset
from car_detector.evaluation import evaluate, report
from car_detector.onnx_session import open_session, session_predictor

BATCH = 16


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure an exported network on held-back pictures.")
    parser.add_argument("--network", type=Path, required=True, help="the .onnx file; its card lies beside it")
    parser.add_argument("--holdout", type=Path, required=True)
    wanted = parser.parse_args(arguments)
    path = card_path(wanted.network)
    card = read_card(path)
    if card["sha256"] != file_digest(wanted.network):
        raise SystemExit(f"{path} is the card of another network than {wanted.network}: export it again")
    holdout = load_dataset(wanted.holdout)
    if holdout.seed == card["trainingData"]["seed"]:
        raise SystemExit(f"{wanted.holdout} was made with seed {holdout.seed}, which the network was trained on")
    figures = evaluate(session_predictor(open_session(wanted.network)), holdout, BATCH)
    write_card({**card, "heldBack": held_back(figures)}, path)
    print(report(figures))


if __name__ == "__main__":
    main()
