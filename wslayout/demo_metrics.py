"""What the demo runs log: names as a vision model's training has them, made-up curves."""

from __future__ import annotations

import math
import random
import struct
import zlib
from collections.abc import Callable, Iterator

Shape = Callable[[float, random.Random], float]
"""A curve: its value at a time from 0 to 1, given dice to shake it with."""

LAYERS = range(48)
CLASSES = (
    *("apple", "backpack", "banana", "bear", "bed", "bench", "bicycle", "bird", "boat", "book"),
    *("bottle", "bowl", "broccoli", "bus", "cake", "car", "carrot", "cat", "chair", "clock"),
    *("couch", "cow", "cup", "dog", "donut", "door", "elephant", "fork", "frisbee", "giraffe"),
    *("handbag", "horse", "kite", "knife", "lamp", "laptop", "mouse", "orange", "oven", "person"),
    *("pizza", "plant", "sandwich", "scissors", "sheep", "sink", "skis", "spoon", "stop_sign"),
    *("suitcase", "table", "teddy_bear", "tie", "toaster", "traffic_light", "train", "truck"),
    *("tv", "umbrella", "vase", "window", "zebra"),
)
_CORRUPTIONS = ("blur", "brightness", "contrast", "fog", "frost", "jpeg", "noise", "snow")
_DATASETS = ("coco", "cityscapes", "ade20k", "lvis", "objects365", "open_images")
_LOSS_TERMS = ("loss", "loss_cls", "loss_box", "loss_mask", "loss_aux")


def training_metrics() -> Iterator[tuple[str, Shape]]:
    """What is logged at each step: metric keys with their curves."""
    for name in _LOSS_TERMS:
        yield f"train/{name}", _falls
    yield "train/accuracy", rises
    yield "optim/lr/backbone", _schedule
    yield "optim/lr/head", _schedule
    yield "optim/weight_decay", lambda time, dice: 0.05
    yield "grad_norm/global", _settles
    for layer in LAYERS:
        yield from _layer_metrics(layer)
    for name in ("images_per_sec", "tokens_per_sec", "mfu"):
        yield f"perf/{name}", rises
    for name in ("step", "data", "forward", "backward", "optimizer"):
        yield f"perf/time_{name}_s", _settles
    for gpu in range(8):
        yield f"perf/gpu.{gpu}/memory_gb", _settles
        yield f"perf/gpu.{gpu}/utilization", rises


def _layer_metrics(layer: int) -> Iterator[tuple[str, Shape]]:
    for part in ("attn", "mlp"):
        for what in ("grad_norm", "weight_norm"):
            yield f"{what}/layers.{layer}.{part}.weight", _settles
            yield f"{what}/layers.{layer}.{part}.bias", _settles
        yield f"update_ratio/layers.{layer}.{part}", _settles
    for statistic in ("mean", "std", "max"):
        yield f"activations/layers.{layer}/{statistic}", _settles
    for statistic in ("min", "mean"):
        yield f"attention_entropy/layers.{layer}/{statistic}", _falls


def validation_metrics() -> Iterator[tuple[str, Shape]]:
    """What is logged at each validation: metric keys with their curves."""
    for name in _LOSS_TERMS:
        yield f"val/{name}", _falls
    for name in ("accuracy", "top5_accuracy", "mAP50", "mAP50-95"):
        yield f"val/{name}", rises
    for name in ("iou", "ap", "precision", "recall"):
        for label in CLASSES:
            yield f"val/per_class/{name}/{label}", rises
    for corruption in _CORRUPTIONS:
        for severity in range(1, 6):
            yield f"val/robustness/{corruption}/severity_{severity}", rises
    for dataset in _DATASETS:
        for name in ("accuracy", "f1", "loss"):
            yield f"eval/{dataset}/{name}", _falls if name == "loss" else rises


def _falls(time: float, dice: random.Random) -> float:
    return 0.4 + 2.2 * math.exp(-4 * time) + dice.gauss(0, 0.03)


def rises(time: float, dice: random.Random) -> float:
    """The curve of a score, such as an accuracy."""
    return min(1.0, max(0.0, 0.82 * (1 - math.exp(-3 * time - 0.1)) + dice.gauss(0, 0.02)))


def _settles(time: float, dice: random.Random) -> float:
    return 1 + 6 * time * math.exp(-9 * time) + abs(dice.gauss(0, 0.05))


def _schedule(time: float, dice: random.Random) -> float:
    return 3e-4 * (time / 0.1 if time < 0.1 else (1 + math.cos(math.pi * (time - 0.1) / 0.9)) / 2)


def png(side: int, colour: Callable[[int, int], tuple[int, int, int]]) -> bytes:
    """A square PNG file, made without an imaging library."""
    rows = b"".join(
        b"\0" + bytes(channel for x in range(side) for channel in colour(x, y)) for y in range(side)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
