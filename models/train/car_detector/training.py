"""One training from its first step to its last: sample, augment, predict, judge, step, follow."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from car_detector import parallel
from car_detector.average import AverageWeights
from car_detector.checkpoint import Checkpoint, Provenance, load_checkpoint, save_checkpoint
from car_detector.dataset import Dataset, DatasetError
from car_detector.evaluation import evaluate, report
from car_detector.losses import Loss, detection_loss
from car_detector.network import CarDetector, DecodedDetector, cell_grid
from car_detector.schedule import FINISHED, MAIN_SHARE, Budget, learning_rate_share
from car_detector.windows import CLOSING_RECIPE, MAIN_RECIPE, make_batch

WEIGHT_DECAY = 0.05
# The second is lower than usual (0.999): the early, steep gradients are forgotten within a hundred steps.
MOMENTA = (0.9, 0.99)
GRADIENT_NORM_LIMIT = 10.0
REPORT_EVERY_S = 10.0
# On a terminal, where a bar is redrawn in place.
BAR_EVERY_S = 1.0
SAVE_EVERY_S = 30.0
EVALUATION_BATCH = 16
# Held-back pictures that are tried on the way, where a minute for all of them would be missed.
QUICK_LOOK_PICTURES = 150
CHECKPOINT_NAME = "last.pt"


@dataclass(frozen=True)
class Options:
    budget: Budget
    out: Path
    device: torch.device
    seed: int
    batch_size: int
    learning_rate: float
    # End this run here and leave the rest of the budget to a later one that resumes it; None runs to the end.
    pause_after_s: float | None
    # How often the held-back pictures are tried, as a share of the budget.
    evaluate_every: float
    is_compiled: bool
    report: Callable[[str], None] = print


@dataclass
class State:
    """Everything that changes while training."""

    network: CarDetector
    average: AverageWeights
    optimizer: torch.optim.Optimizer
    provenance: Provenance
    step: int = 0
    pictures_seen: int = 0
    elapsed_before_s: float = 0.0
    # This run's start on the monotonic clock; loading the data belongs to the budget.
    started_s: float = field(default_factory=time.monotonic)

    def elapsed_s(self) -> float:
        return self.elapsed_before_s + time.monotonic() - self.started_s


def new_state(dataset: Dataset, options: Options, started_s: float) -> State:
    torch.manual_seed(options.seed)
    device = options.device
    network = CarDetector().to(device, memory_format=torch.channels_last)
    provenance = Provenance(options.seed, dataset.seed, len(dataset))
    optimizer = make_optimizer(network, options.learning_rate, device)
    return State(network, AverageWeights(network), optimizer, provenance, started_s=started_s)


def resume_state(state: State, path: Path, device: torch.device) -> None:
    checkpoint = load_checkpoint(path, device)
    if checkpoint.provenance != state.provenance:
        raise DatasetError(f"{path} was trained with {checkpoint.provenance}, this run is given {state.provenance}")
    state.network.load_state_dict(checkpoint.network)
    state.average.network.load_state_dict(checkpoint.average)
    state.optimizer.load_state_dict(checkpoint.optimizer)
    state.step, state.pictures_seen = checkpoint.step, checkpoint.pictures_seen
    state.elapsed_before_s = checkpoint.elapsed_s


def make_optimizer(network: nn.Module, learning_rate: float, device: torch.device) -> torch.optim.Optimizer:
    """AdamW; weight decay is for the kernels alone, a normalisation's scale or a bias has no reason to shrink."""
    kernels = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in network.parameters() if parameter.ndim <= 1]
    groups = [{"params": kernels, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=learning_rate, betas=MOMENTA, fused=True)


def batch_indices(dataset_size: int, seed: int, pictures_seen: int, batch_size: int) -> np.ndarray:
    """The next pictures of an endless row of shuffled passes; the same for the same count, so that resuming fits in."""
    positions = np.arange(pictures_seen, pictures_seen + batch_size)
    passes = positions // dataset_size
    orders = {number: np.random.default_rng((seed, number)).permutation(dataset_size) for number in np.unique(passes)}
    return np.array([orders[number][position % dataset_size] for number, position in zip(passes, positions)])


def train(state: State, dataset: Dataset, holdout: Dataset, options: Options) -> bool:
    """Trains until the budget is spent or this run's share of it; leaves a checkpoint. True when the budget is spent."""
    device = options.device
    forward = torch.compile(state.network) if options.is_compiled else state.network
    checkpoint_path = options.out / CHECKPOINT_NAME
    progress = parallel.leader_says(progress_of(state, dataset, options.budget))
    next_evaluation = (progress // options.evaluate_every + 1) * options.evaluate_every
    reported_s = saved_s = time.monotonic()
    reported_pictures = state.pictures_seen
    state.network.train()
    bar = progress_bar()

    while progress < FINISHED:
        recipe = MAIN_RECIPE if progress < MAIN_SHARE else CLOSING_RECIPE
        batch_size = max(1, round(options.batch_size * recipe.batch_share)) * parallel.size()
        chosen = batch_indices(len(dataset), options.seed, state.pictures_seen, batch_size)[parallel.rank() :: parallel.size()]
        # A generator for each step: a resumed training draws what the uninterrupted one would have drawn.
        random = np.random.default_rng((options.seed, state.step, parallel.rank()))
        images, truth = make_batch(dataset, chosen, recipe, random, device)
        centres_px, strides_px = (grid.to(device) for grid in cell_grid(recipe.height_px, recipe.width_px))
        rate = options.learning_rate * learning_rate_share(progress)
        with torch.autocast(device.type, torch.bfloat16, enabled=is_bfloat16_fast(device)):
            raw = forward(images)
        loss = detection_loss(raw, truth, centres_px, strides_px)
        learn(state, loss, rate)
        state.step += 1
        state.pictures_seen += batch_size
        progress = parallel.leader_says(progress_of(state, dataset, options.budget))
        is_paused = parallel.leader_says(float(is_pause_due(state, options))) > 0

        now_s = time.monotonic()
        if parallel.is_leader() and now_s - reported_s >= (BAR_EVERY_S if not bar.disable else REPORT_EVERY_S):
            pictures_per_s = (state.pictures_seen - reported_pictures) / (now_s - reported_s)
            show(bar, progress, progress_line(state, loss, rate, progress, pictures_per_s), options.report)
            reported_s, reported_pictures = now_s, state.pictures_seen
        if parallel.is_leader() and now_s - saved_s >= SAVE_EVERY_S:
            save_checkpoint(snapshot(state), checkpoint_path)
            saved_s = now_s
        if parallel.is_leader() and progress >= next_evaluation and progress < FINISHED:
            options.report(f"{progress:6.1%}  {holdout_report(state, holdout.first(QUICK_LOOK_PICTURES), device)}")
            next_evaluation += options.evaluate_every
        if is_paused:
            break

    bar.close()
    if parallel.is_leader():
        save_checkpoint(snapshot(state), checkpoint_path)
    return progress >= FINISHED


def is_bfloat16_fast(device: torch.device) -> bool:
    """A processor without AVX-512 only imitates it, nine times as slow as single precision."""
    return device.type != "cpu" or "AVX512" in torch.backends.cpu.get_cpu_capability()


def progress_bar() -> tqdm:
    """A bar on a terminal; elsewhere, and in all processes but the leader, nothing."""
    form = "{l_bar}{bar}| {postfix}"
    return tqdm(total=FINISHED, bar_format=form, leave=False, disable=None if parallel.is_leader() else True)


def show(bar: tqdm, progress: float, line: str, report: Callable[[str], None]) -> None:
    """On the bar where there is one, else as a line of the log."""
    if bar.disable:
        report(line)
        return
    bar.n = progress
    bar.set_postfix_str(line)


def progress_of(state: State, dataset: Dataset, budget: Budget) -> float:
    return budget.progress(state.elapsed_s(), len(dataset), state.pictures_seen)


def is_pause_due(state: State, options: Options) -> bool:
    return options.pause_after_s is not None and time.monotonic() - state.started_s >= options.pause_after_s


def learn(state: State, loss: Loss, rate: float) -> None:
    for group in state.optimizer.param_groups:
        group["lr"] = rate
    state.optimizer.zero_grad(set_to_none=True)
    loss.total.backward()
    parallel.average_gradients(state.network)
    nn.utils.clip_grad_norm_(state.network.parameters(), GRADIENT_NORM_LIMIT)
    state.optimizer.step()
    state.average.follow(state.step)


def snapshot(state: State) -> Checkpoint:
    return Checkpoint(
        network=state.network.state_dict(),
        average=state.average.network.state_dict(),
        optimizer=state.optimizer.state_dict(),
        provenance=state.provenance,
        step=state.step,
        pictures_seen=state.pictures_seen,
        elapsed_s=state.elapsed_s(),
    )


def progress_line(state: State, loss: Loss, rate: float, progress: float, pictures_per_s: float) -> str:
    elapsed_s = state.elapsed_s()
    remaining_minutes = elapsed_s / progress * (1 - progress) / 60 if progress > 0 else float("inf")
    return (
        f"{progress:6.1%}  step {state.step}  box {loss.box.item():.3f}  classes {loss.classes.item():.3f}"
        f"  rate {rate:.2e}  {pictures_per_s:.0f} pictures/s  {remaining_minutes:.1f} min to go"
    )


def holdout_report(state: State, holdout: Dataset, device: torch.device) -> str:
    return report(evaluate(torch_predictor(state.average.network, device), holdout, EVALUATION_BATCH))


def torch_predictor(network: CarDetector, device: torch.device) -> Callable[[Tensor], np.ndarray]:
    decoded = DecodedDetector(network).to(device).eval()

    @torch.inference_mode()
    def predict(images: Tensor) -> np.ndarray:
        return decoded(images.to(device).permute(0, 3, 1, 2).float() / 255).cpu().numpy()

    return predict
