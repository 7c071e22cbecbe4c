"""How the camera sees: light, white balance, noise, blur and compression. Colours are classes here, so that every range
is kept where blue, yellow and orange stay apart, and nothing is ever made grey.

Pictures are [batch, 3, height, width] in 0..1; an effect that only some get is applied to a random subset of fixed size.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from car_detector.device_constant import device_constant

BRIGHTNESS = (-0.12, 0.12)
CONTRAST = (0.75, 1.3)
SATURATION = (0.7, 1.35)
HUE_DEGREES = (-7.0, 7.0)
CHANNEL_GAIN = (0.88, 1.12)
LOG_GAMMA = (-0.35, 0.35)
GAUSSIAN_NOISE = (0.0, 0.035)
SHOT_NOISE = (0.0, 0.03)
GAUSSIAN_BLUR_PX = (0.3, 1.0)
MOTION_BLUR_PX = (2.0, 6.0)
BLUR_REACH_PX = 3
JPEG_STEP = (0.01, 0.06)
# Quantisation grows with frequency about as the example table of ITU-T T.81, annex K, does.
JPEG_STEP_GROWTH = 0.35
JPEG_BLOCK_PX = 8

# Luma and two chroma axes of ITU-R BT.601; rotating the chroma plane turns the hue.
RGB_TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
YCC_TO_RGB = ((1.0, 0.0, 1.402), (1.0, -0.344136, -0.714136), (1.0, 1.772, 0.0))


def between(limits: tuple[float, float], count: int, like: Tensor) -> Tensor:
    """[count] uniform values on the picture's device, as float32."""
    low, high = limits
    return torch.rand(count, device=like.device) * (high - low) + low


def on_subset(images: Tensor, share: float, effect: Callable[[Tensor], Tensor]) -> Tensor:
    """Applies the effect to that share of the batch, drawn afresh."""
    chosen = torch.randperm(images.shape[0], device=images.device)[: round(images.shape[0] * share)]
    if chosen.shape[0] == 0:
        return images
    return images.index_copy(0, chosen, effect(images[chosen]))


def recolour(images: Tensor) -> Tensor:
    """Hue, saturation, white balance, contrast and brightness as one 3x3 matrix and an offset for each picture, then gamma."""
    count = images.shape[0]
    to_ycc = device_constant(RGB_TO_YCC, images.device)
    to_rgb = device_constant(YCC_TO_RGB, images.device)
    angle = between(HUE_DEGREES, count, images) * (math.pi / 180)
    saturation = between(SATURATION, count, images)
    turn = torch.zeros((count, 3, 3), device=images.device)
    turn[:, 0, 0] = 1
    turn[:, 1, 1] = turn[:, 2, 2] = angle.cos() * saturation
    turn[:, 1, 2], turn[:, 2, 1] = -angle.sin() * saturation, angle.sin() * saturation
    gain = between(CHANNEL_GAIN, count * 3, images).view(count, 3, 1)
    contrast = between(CONTRAST, count, images).view(count, 1, 1)
    matrix = contrast * gain * (to_rgb @ turn @ to_ycc)
    offset = 0.5 * (1 - contrast) + between(BRIGHTNESS, count, images).view(count, 1, 1)
    pixels = torch.baddbmm(offset.to(images.dtype), matrix.to(images.dtype), images.flatten(2))
    gamma = between(LOG_GAMMA, count, images).exp().view(count, 1, 1).to(images.dtype)
    return pixels.clamp(1e-4, 1).pow(gamma).view_as(images)


def add_noise(images: Tensor) -> Tensor:
    """Read-out noise of one strength and shot noise that grows with the root of the light."""
    count = images.shape[0]
    read_out = between(GAUSSIAN_NOISE, count, images).view(count, 1, 1, 1).to(images.dtype)
    shot = between(SHOT_NOISE, count, images).view(count, 1, 1, 1).to(images.dtype)
    sigma = (read_out.square() + shot.square() * images.clamp(min=0)).sqrt()
    return images + torch.randn_like(images) * sigma


def blur_along(images: Tensor, weights: Tensor, dimension: int) -> Tensor:
    """Weighted sum of shifted copies; `weights` [batch, 2 * reach + 1]. Edges wrap, which blurs 3 px of border wrongly."""
    weights = weights.to(images.dtype)
    blurred = torch.zeros_like(images)
    for tap in range(weights.shape[1]):
        shifted = images.roll(tap - BLUR_REACH_PX, dims=dimension)
        blurred = blurred + shifted * weights[:, tap].view(-1, 1, 1, 1)
    return blurred


def defocus(images: Tensor) -> Tensor:
    distance = torch.arange(-BLUR_REACH_PX, BLUR_REACH_PX + 1, device=images.device)
    sigma = between(GAUSSIAN_BLUR_PX, images.shape[0], images)[:, None]
    weights = torch.softmax(-(distance / sigma).square() / 2, dim=1)
    return blur_along(blur_along(images, weights, dimension=2), weights, dimension=3)


def motion_blur(images: Tensor) -> Tensor:
    """A turning car smears sideways."""
    distance = torch.arange(-BLUR_REACH_PX, BLUR_REACH_PX + 1, device=images.device).abs()
    length_px = between(MOTION_BLUR_PX, images.shape[0], images)[:, None]
    weights = (length_px / 2 + 0.5 - distance).clamp(0, 1)
    return blur_along(images, weights / weights.sum(dim=1, keepdim=True), dimension=3)


def cosine_basis(device: torch.device) -> Tensor:
    """The orthonormal DCT-II matrix of one JPEG block, [frequency, position]."""
    position = torch.arange(JPEG_BLOCK_PX, device=device, dtype=torch.float32)
    basis = torch.cos((position + 0.5) * position[:, None] * math.pi / JPEG_BLOCK_PX) * math.sqrt(2 / JPEG_BLOCK_PX)
    basis[0] /= math.sqrt(2)
    return basis


def compress(images: Tensor) -> Tensor:
    """JPEG as a web camera does it: 8x8 blocks, quantised frequencies, chroma coarser than luma; no entropy coding."""
    count, _, height_px, width_px = images.shape
    to_ycc = device_constant(RGB_TO_YCC, images.device)
    to_rgb = device_constant(YCC_TO_RGB, images.device)
    basis = cosine_basis(images.device)
    ycc = torch.einsum("dc,bchw->bdhw", to_ycc, images.float())
    blocks = ycc.view(count, 3, height_px // JPEG_BLOCK_PX, JPEG_BLOCK_PX, width_px // JPEG_BLOCK_PX, JPEG_BLOCK_PX)
    blocks = blocks.permute(0, 1, 2, 4, 3, 5)
    frequencies = basis @ blocks @ basis.T
    index = torch.arange(JPEG_BLOCK_PX, device=images.device)
    growth = 1 + JPEG_STEP_GROWTH * (index[:, None] + index)
    chroma = device_constant((1.0, 1.6, 1.6), images.device).view(1, 3, 1, 1, 1, 1)
    step = between(JPEG_STEP, count, images).view(count, 1, 1, 1, 1, 1) * chroma * growth
    quantised = (frequencies / step).round() * step
    ycc = (basis.T @ quantised @ basis).permute(0, 1, 2, 4, 3, 5).reshape(count, 3, height_px, width_px)
    return torch.einsum("dc,bchw->bdhw", to_rgb, ycc).to(images.dtype)


def as_camera_sees(images: Tensor, strength: float) -> Tensor:
    """The whole chain in the order of a camera: light, lens, sensor, compression. `strength` scales how many get it."""
    images = on_subset(images, 0.8 * strength, recolour)
    images = on_subset(images, 0.15 * strength, defocus)
    images = on_subset(images, 0.15 * strength, motion_blur)
    images = on_subset(images, 0.5 * strength, add_noise)
    images = on_subset(images.clamp(0, 1), 0.3 * strength, compress)
    return images.clamp(0, 1)
