"""`python -m car_detector.train`: trains a network, or goes on with one."""

import argparse
import functools
import sys
import time
from pathlib import Path

import torch
from tqdm import tqdm

from car_detector import parallel
from car_detector.dataset import DatasetError, load_dataset
from car_detector.schedule import EpochBudget, TimeBudget
from car_detector.training import CHECKPOINT_NAME, Options, holdout_report, new_state, resume_state, train


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the car's object detector.")
    parser.add_argument("--data", type=Path, required=True, help="folder with the training pictures")
    parser.add_argument("--holdout", type=Path, required=True, help="folder with pictures of other seeds, never trained on")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--minutes", type=float, help="time for the whole training, over all runs that resume it")
    budget.add_argument("--epochs", type=float, help="passes over the training pictures")
    parser.add_argument("--pause-after-minutes", type=float, help="end this run early, to be resumed")
    parser.add_argument("--resume", type=Path, help="checkpoint to go on from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=16, help="windows a step, of each process")
    parser.add_argument("--processes", type=int, default=1, help="train in so many processes, each on its share of the cores")
    parser.add_argument("--learning-rate", type=float, default=3e-3, help="the highest rate of the schedule")
    parser.add_argument("--evaluate-every", type=float, default=0.25, help="try the held-back pictures, share of the budget")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile the network: slower start, faster steps")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    wanted = parse_arguments(arguments)
    parallel.run_team(wanted.processes, functools.partial(run, wanted))


def run(wanted: argparse.Namespace) -> None:
    started_s = time.monotonic()
    device = torch.device(wanted.device)
    # TF32 and searched kernels: shapes never change, and the loss does not need the last digits.
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision("high")

    dataset, holdout = load_dataset(wanted.data), load_dataset(wanted.holdout)
    if dataset.seed == holdout.seed:
        raise DatasetError(f"{wanted.data} and {wanted.holdout} were both made with seed {dataset.seed}: the same scenes")
    say(f"{len(dataset)} pictures to train on, {len(holdout)} held back")
    options = Options(
        budget=TimeBudget(wanted.minutes) if wanted.minutes is not None else EpochBudget(wanted.epochs),
        out=wanted.out,
        device=device,
        seed=wanted.seed,
        batch_size=min(wanted.batch, len(dataset)),
        learning_rate=wanted.learning_rate,
        pause_after_s=wanted.pause_after_minutes * 60 if wanted.pause_after_minutes is not None else None,
        evaluate_every=wanted.evaluate_every,
        is_compiled=wanted.compile,
        report=say,
    )
    wanted.out.mkdir(parents=True, exist_ok=True)
    state = new_state(dataset, options, started_s)
    if wanted.resume is not None:
        resume_state(state, wanted.resume, device)
    is_finished = train(state, dataset, holdout, options)
    epochs = state.pictures_seen / len(dataset)
    say(f"{'finished' if is_finished else 'paused'} after {epochs:.1f} epochs: {wanted.out / CHECKPOINT_NAME}")
    if parallel.is_leader():
        say(holdout_report(state, holdout, device))


def say(line: str) -> None:
    if parallel.is_leader():
        tqdm.write(line, file=sys.stdout)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
