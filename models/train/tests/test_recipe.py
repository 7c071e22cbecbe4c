"""The whole way, small: train, pause, resume, export, evaluate."""

import json
from pathlib import Path

import onnx
import pytest
import torch

from car_detector import evaluate, export, train
from car_detector.checkpoint import load_checkpoint
from car_detector.dataset import DatasetError
from car_detector.schedule import EpochBudget, TimeBudget, learning_rate_share
from car_detector.training import batch_indices
from toy_dataset import write_toy_dataset


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recipe")
    write_toy_dataset(folder / "data", count=12, seed=1)
    write_toy_dataset(folder / "holdout", count=4, seed=2)
    return folder


def run(folder: Path, *arguments: str) -> None:
    folders = ["--data", str(folder / "data"), "--holdout", str(folder / "holdout"), "--out", str(folder / "out")]
    train.main([*folders, "--device", "cpu", "--batch", "4", *arguments])


def test_train_resume_export_evaluate(folder: Path) -> None:
    checkpoint_path = folder / "out" / "last.pt"
    run(folder, "--minutes", "100", "--pause-after-minutes", "0")
    paused = load_checkpoint(checkpoint_path, torch.device("cpu"))
    assert paused.step == 1
    run(folder, "--minutes", "100", "--pause-after-minutes", "0", "--resume", str(checkpoint_path))
    resumed = load_checkpoint(checkpoint_path, torch.device("cpu"))
    assert resumed.step == 2 and resumed.elapsed_s > paused.elapsed_s

    export.main(["--checkpoint", str(checkpoint_path), "--out", str(folder / "out")])
    network_path = folder / "out" / "car-cones-384.onnx"
    evaluate.main(["--network", str(network_path), "--holdout", str(folder / "holdout")])
    card = json.loads(network_path.with_suffix(".json").read_text())
    assert card["heldBack"]["images"] == 4
    assert card["gflops"] <= 1.0

    model = onnx.load(network_path)
    assert model.ir_version <= 8 and model.opset_import[0].version <= 15
    assert "BatchNormalization" not in {node.op_type for node in model.graph.node}
    assert [axis.dim_value for axis in model.graph.input[0].type.tensor_type.shape.dim] == [1, 3, 288, 384]
    assert [axis.dim_value for axis in model.graph.output[0].type.tensor_type.shape.dim] == [1, 10, 2268]
    properties = {entry.key: entry.value for entry in model.metadata_props}
    assert properties["names"].startswith("{0: 'blue cone', 1: ") and properties["imgsz"] == "[288, 384]"


def test_the_held_back_scenes_are_other_scenes(folder: Path) -> None:
    same = ["--data", str(folder / "data"), "--holdout", str(folder / "data"), "--out", str(folder / "other")]
    with pytest.raises(DatasetError, match="same scenes"):
        train.main([*same, "--device", "cpu", "--epochs", "1"])


def test_every_picture_comes_once_a_pass_and_resuming_fits_in() -> None:
    whole = batch_indices(10, seed=1, pictures_seen=0, batch_size=10)
    assert sorted(whole) == list(range(10))
    assert batch_indices(10, seed=1, pictures_seen=6, batch_size=4).tolist() == whole[6:].tolist()


def test_the_rate_rises_then_falls_with_the_budget() -> None:
    shares = [learning_rate_share(progress / 100) for progress in range(101)]
    assert max(shares) == pytest.approx(1.0, abs=0.01) and shares.index(max(shares)) == 3
    assert shares[-1] == pytest.approx(0.01)
    assert TimeBudget(10).progress(elapsed_s=300, pictures_per_epoch=10, pictures_seen=0) == 0.5
    assert EpochBudget(4).progress(elapsed_s=0, pictures_per_epoch=10, pictures_seen=10) == 0.25
