"""What the network is told: binary cross entropy towards the assigned scores, CIoU and Wasserstein for the boxes."""

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from car_detector import boxes
from car_detector.assignment import Truth, assign
from car_detector.network import BOX_ROWS, decode_boxes

BOX_WEIGHT = 5.0
CLASS_WEIGHT = 2.0


@dataclass(frozen=True)
class Loss:
    total: Tensor
    box: Tensor
    classes: Tensor


def detection_loss(raw: Tensor, truth: Truth, centres_px: Tensor, strides_px: Tensor) -> Loss:
    """`raw` [batch, 4 + classes, cells] as the network gives it. Sums are divided by the sum of the target scores, so
    that pictures full of cones and nearly empty ones teach alike."""
    raw = raw.float()
    predicted = boxes.centre_to_corners(decode_boxes(raw[:, :BOX_ROWS], centres_px, strides_px).transpose(1, 2))
    logits = raw[:, BOX_ROWS:]
    assignment = assign(truth, logits.detach().sigmoid(), predicted.detach(), centres_px, strides_px)
    normaliser = assignment.target_score.sum().clamp(min=1.0)

    own_class = truth.class_ids.gather(1, assignment.object_index)
    targets = torch.zeros_like(logits).scatter(1, own_class[:, None], assignment.target_score[:, None])
    entropy = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    class_loss = (entropy * ~assignment.unjudged[:, None]).sum() / normaliser

    picture, cell = assignment.positive.nonzero(as_tuple=True)
    found, wanted = predicted[picture, cell], truth.corners_px[picture, assignment.object_index[picture, cell]]
    misfit = 1 - boxes.complete_overlap(found, wanted)
    distance = 1 - boxes.wasserstein_similarity(found, wanted)
    box_error = misfit + boxes.tiny_weight(wanted) * distance
    box_loss = (box_error * assignment.target_score[picture, cell]).sum() / normaliser
    return Loss(BOX_WEIGHT * box_loss + CLASS_WEIGHT * class_loss, box_loss.detach(), class_loss.detach())
