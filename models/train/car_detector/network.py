"""The network: an anchor-free, one-stage detector with three strides, made of what small processors run well.

Every convolution is dense, followed by batch normalisation (folded on export) and ReLU, and has a multiple of 16
channels, which is one AVX-512 register: onnxruntime then keeps the whole graph in its blocked layout and fuses the
ReLU into the convolution.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from car_detector.scene import CLASS_COUNT, IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX

STRIDES_PX = (8, 16, 32)
BOX_ROWS = 4

# Width and height are exp(raw) strides; the clamp keeps an early, wild step finite (e^4 strides of 32 px > any picture).
LOG_SIZE_LIMIT = 4.0

# What a cell says before anything is learnt (Lin et al. 2017, "Focal loss", section 3.3).
PRIOR_PROBABILITY = 0.01


@dataclass(frozen=True)
class Widths:
    """Channels of each part. `hidden` widths are those inside an aggregation block."""

    stem: int = 16
    stride4: int = 32
    stride4_hidden: int = 16
    stride4_depth: int = 1
    stride8: int = 48
    stride8_hidden: int = 32
    stride8_depth: int = 2
    stride16: int = 96
    stride16_hidden: int = 64
    stride16_depth: int = 3
    stride32: int = 160
    stride32_hidden: int = 80
    stride32_depth: int = 2
    neck: int = 64
    neck_hidden: int = 48
    fine_neck: int = 48
    fine_neck_hidden: int = 48
    head: int = 48
    fine_head: int = 32


class ConvUnit(nn.Module):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, channels_in: int, channels_out: int, kernel_px: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(
            channels_in, channels_out, kernel_px, stride, padding=kernel_px // 2, bias=False
        )
        self.normalisation = nn.BatchNorm2d(channels_out)
        self.activation = nn.ReLU(inplace=True)

    def forward(self, features: Tensor) -> Tensor:
        return self.activation(self.normalisation(self.convolution(features)))


class AggregationBlock(nn.Module):
    """A chain of 3x3 convolutions of which every link is kept, joined by a 1x1 convolution.

    One-shot aggregation (Lee et al. 2019, "VoVNet"): cheap in memory traffic and without a channel split, which would
    break onnxruntime's blocked layout.
    """

    def __init__(self, channels_in: int, channels_out: int, hidden: int, depth: int) -> None:
        super().__init__()
        self.squeeze = ConvUnit(channels_in, hidden, kernel_px=1)
        self.chain = nn.ModuleList(ConvUnit(hidden, hidden) for _ in range(depth))
        self.join = ConvUnit(hidden * (depth + 1), channels_out, kernel_px=1)

    def forward(self, features: Tensor) -> Tensor:
        links = [self.squeeze(features)]
        for convolution in self.chain:
            links.append(convolution(links[-1]))
        return self.join(torch.cat(links, dim=1))


class ContextPool(nn.Module):
    """Chained 5x5 max pools: the coarsest features see most of the picture (the SPPF arrangement of He et al.'s SPP)."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.squeeze = ConvUnit(channels, hidden, kernel_px=1)
        self.pool = nn.MaxPool2d(5, stride=1, padding=2)
        self.join = ConvUnit(hidden * 3, channels, kernel_px=1)

    def forward(self, features: Tensor) -> Tensor:
        near = self.squeeze(features)
        wide = self.pool(near)
        return self.join(torch.cat([near, wide, self.pool(wide)], dim=1))


class Head(nn.Module):
    """The rows of one stride. Where and what are asked of one hidden layer each (Ge et al. 2021, "YOLOX": the two
    want different features), then of a 1x1 convolution."""

    def __init__(self, channels_in: int, hidden: int) -> None:
        super().__init__()
        self.boxes = nn.Sequential(ConvUnit(channels_in, hidden), nn.Conv2d(hidden, BOX_ROWS, 1))
        self.classes = nn.Sequential(ConvUnit(channels_in, hidden), nn.Conv2d(hidden, CLASS_COUNT, 1))
        for rows in (self.boxes[-1], self.classes[-1]):
            nn.init.normal_(rows.weight, std=0.01)
            nn.init.zeros_(rows.bias)
        prior_logit = torch.logit(torch.tensor(PRIOR_PROBABILITY))
        nn.init.constant_(self.classes[-1].bias, float(prior_logit))

    def forward(self, features: Tensor) -> Tensor:
        return torch.cat([self.boxes(features), self.classes(features)], dim=1)


class CarDetector(nn.Module):
    """Picture in [batch, 3, height, width], RGB in 0..1; raw rows out [batch, 4 + classes, cells], stride 8 first.

    Height and width are any multiples of 32."""

    def __init__(self, widths: Widths = Widths()) -> None:
        super().__init__()
        w = widths
        self.stem = nn.Sequential(
            ConvUnit(3, w.stem, stride=2),
            ConvUnit(w.stem, w.stride4, stride=2),
            AggregationBlock(w.stride4, w.stride4, w.stride4_hidden, w.stride4_depth),
        )
        self.stage8 = nn.Sequential(
            ConvUnit(w.stride4, w.stride8, stride=2),
            AggregationBlock(w.stride8, w.stride8, w.stride8_hidden, w.stride8_depth),
        )
        self.stage16 = nn.Sequential(
            ConvUnit(w.stride8, w.stride16, stride=2),
            AggregationBlock(w.stride16, w.stride16, w.stride16_hidden, w.stride16_depth),
        )
        self.stage32 = nn.Sequential(
            ConvUnit(w.stride16, w.stride32, stride=2),
            AggregationBlock(w.stride32, w.stride32, w.stride32_hidden, w.stride32_depth),
            ContextPool(w.stride32, w.stride32_hidden),
            ConvUnit(w.stride32, w.neck, kernel_px=1),
        )
        self.upsample = nn.Upsample(scale_factor=2, mode="nearest")
        self.merge16 = AggregationBlock(w.neck + w.stride16, w.neck, w.neck_hidden, depth=2)
        self.merge8 = AggregationBlock(w.neck + w.stride8, w.fine_neck, w.fine_neck_hidden, depth=2)
        self.reduce16 = ConvUnit(w.fine_neck, w.neck, stride=2)
        self.refine16 = AggregationBlock(w.neck * 2, w.neck, w.neck_hidden, depth=1)
        self.reduce32 = ConvUnit(w.neck, w.neck, stride=2)
        self.refine32 = AggregationBlock(w.neck * 2, w.neck, w.neck_hidden, depth=1)
        self.heads = nn.ModuleList([Head(w.fine_neck, w.fine_head), Head(w.neck, w.head), Head(w.neck, w.head)])

    def forward(self, images: Tensor) -> Tensor:
        backbone8 = self.stage8(self.stem(images))
        backbone16 = self.stage16(backbone8)
        top32 = self.stage32(backbone16)
        merged16 = self.merge16(torch.cat([self.upsample(top32), backbone16], dim=1))
        fine8 = self.merge8(torch.cat([self.upsample(merged16), backbone8], dim=1))
        middle16 = self.refine16(torch.cat([self.reduce16(fine8), merged16], dim=1))
        coarse32 = self.refine32(torch.cat([self.reduce32(middle16), top32], dim=1))
        levels = (fine8, middle16, coarse32)
        # The number of cells as a constant: `flatten` would leave shape arithmetic in the exported graph.
        height_px, width_px = (int(size) for size in images.shape[2:])
        rows = [
            head(level).reshape(-1, BOX_ROWS + CLASS_COUNT, cell_count(stride_px, height_px, width_px))
            for head, level, stride_px in zip(self.heads, levels, STRIDES_PX)
        ]
        return torch.cat(rows, dim=2)


def cell_count(stride_px: int, height_px: int, width_px: int) -> int:
    return (height_px // stride_px) * (width_px // stride_px)


def cell_grid(height_px: int = IMAGE_HEIGHT_PX, width_px: int = IMAGE_WIDTH_PX) -> tuple[Tensor, Tensor]:
    """Centre of every cell [2, cells] and its stride [1, cells], pixels, in the order of the network's columns."""
    centres, strides = [], []
    for stride_px in STRIDES_PX:
        rows, columns = torch.meshgrid(
            torch.arange(height_px // stride_px), torch.arange(width_px // stride_px), indexing="ij"
        )
        level = torch.stack([columns.flatten(), rows.flatten()]).float()
        centres.append((level + 0.5) * stride_px)
        strides.append(torch.full((1, level.shape[1]), float(stride_px)))
    return torch.cat(centres, dim=1), torch.cat(strides, dim=1)


def decode_boxes(raw_boxes: Tensor, centres_px: Tensor, strides_px: Tensor) -> Tensor:
    """Raw rows [batch, 4, cells] to cx, cy, width, height in pixels.

    The centre is a free offset from the cell's own (YOLOX), not four distances to the edges (FCOS): a cone 5 px tall
    seldom contains the centre of an 8 px cell, and a distance cannot be negative.
    """
    centre = raw_boxes[:, :2] * strides_px + centres_px
    size = raw_boxes[:, 2:].clamp(-LOG_SIZE_LIMIT, LOG_SIZE_LIMIT).exp() * strides_px
    return torch.cat([centre, size], dim=1)


class DecodedDetector(nn.Module):
    """The network with its decoder, rows as Ultralytics v8 exports them: cx, cy, w, h in pixels, then class scores."""

    def __init__(self, network: CarDetector) -> None:
        super().__init__()
        self.network = network
        centres_px, strides_px = cell_grid()
        self.register_buffer("centres_px", centres_px[None], persistent=False)
        self.register_buffer("strides_px", strides_px[None], persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        raw = self.network(images)
        boxes = decode_boxes(raw[:, :BOX_ROWS], self.centres_px, self.strides_px)
        return torch.cat([boxes, raw[:, BOX_ROWS:].sigmoid()], dim=1)
