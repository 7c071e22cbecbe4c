"""How far the training is and what that means for the learning rate. Pure: clocks and counts are arguments."""

import math
from dataclasses import dataclass

WARM_UP_SHARE = 0.03
# The last steps still learn a little: a rate of zero would spend them for nothing.
FINAL_RATE_SHARE = 0.01
# Share of the training that sees windows; the rest sees whole pictures.
MAIN_SHARE = 0.8
# Nobody trains for nothing: an empty budget counts as finished.
FINISHED = 1.0


@dataclass(frozen=True)
class TimeBudget:
    """So many minutes of the clock in all, over every run that a training was resumed in."""

    minutes: float

    def progress(self, elapsed_s: float, pictures_per_epoch: int, pictures_seen: int) -> float:
        return min(FINISHED, elapsed_s / (self.minutes * 60)) if self.minutes > 0 else FINISHED


@dataclass(frozen=True)
class EpochBudget:
    """So many passes over the data set, however long they take."""

    epochs: float

    def progress(self, elapsed_s: float, pictures_per_epoch: int, pictures_seen: int) -> float:
        wanted = self.epochs * pictures_per_epoch
        return min(FINISHED, pictures_seen / wanted) if wanted > 0 else FINISHED


Budget = TimeBudget | EpochBudget


def learning_rate_share(progress: float) -> float:
    """Linear warm-up, then half a cosine; `progress` and the result in 0..1."""
    if progress < WARM_UP_SHARE:
        return max(progress / WARM_UP_SHARE, FINAL_RATE_SHARE)
    along = (progress - WARM_UP_SHARE) / (1 - WARM_UP_SHARE)
    return FINAL_RATE_SHARE + (1 - FINAL_RATE_SHARE) * (1 + math.cos(math.pi * along)) / 2
