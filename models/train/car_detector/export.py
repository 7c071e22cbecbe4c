"""`python -m car_detector.export`: a checkpoint's averaged weights as an ONNX network with its card."""

import argparse
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch

from car_detector.card import card_path, file_digest, write_card
from car_detector.checkpoint import Checkpoint, load_checkpoint
from car_detector.cost import count_operations, count_parameters, median_run_ms
from car_detector.detections import SUPPRESSION
from car_detector.network import STRIDES_PX, CarDetector, DecodedDetector
from car_detector.onnx_session import open_session
from car_detector.scene import CLASS_NAMES, IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX, LETTERBOX_VALUE

NETWORK_NAME = "car-cones-384"
# ONNX Runtime 1.11, which the Jetson Nano is limited to, reads up to opset 16 and IR 8.
OPSET = 13
IR_VERSION = 7
ALLOWED_DIFFERENCE = 1e-3
DESCRIPTION = "Cones, stop signs, people and boxes on a small car's track, 384x288"


def export(checkpoint: Checkpoint, folder: Path) -> Path:
    """Writes `car-cones-384.onnx` and its card; raises when onnxruntime does not give what torch gives."""
    network = CarDetector()
    network.load_state_dict(checkpoint.average)
    decoded = DecodedDetector(network).eval()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NETWORK_NAME}.onnx"
    write_graph(decoded, path)
    session = open_session(path)
    difference = largest_difference(decoded, session)
    if not difference <= ALLOWED_DIFFERENCE:
        raise RuntimeError(f"{path} differs from the trained network by {difference:.2g}, more than {ALLOWED_DIFFERENCE}")
    write_card(make_card(checkpoint, network, path, median_run_ms(session)), card_path(path))
    return path


def write_graph(decoded: DecodedDetector, path: Path) -> None:
    """The tracing exporter folds each batch normalisation into its convolution and keeps plain, old operators."""
    example = torch.zeros(1, 3, IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX)
    with warnings.catch_warnings():
        # It is deprecated in favour of one that writes opset 18, which the car's runtime cannot read.
        warnings.simplefilter("ignore", DeprecationWarning)
        # The picture's size becomes part of the graph, as it should.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        torch.onnx.export(
            decoded,
            (example,),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=["images"],
            output_names=["output0"],
        )
    model = onnx.load(path)
    model.ir_version = IR_VERSION
    model.producer_name, model.producer_version, model.doc_string = "car_detector", "", DESCRIPTION
    for node in model.graph.node:
        # Where in whose files each node was traced from is nobody's business.
        node.doc_string = ""
    onnx.helper.set_model_props(model, metadata())
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def metadata() -> dict[str, str]:
    """The keys by which readers of Ultralytics exports learn what a network is."""
    return {
        "names": str(dict(enumerate(CLASS_NAMES))),
        "stride": str(max(STRIDES_PX)),
        "task": "detect",
        "imgsz": str([IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX]),
        "batch": "1",
        "author": "jetson-car",
        "license": "MIT",
        "description": DESCRIPTION,
    }


def largest_difference(decoded: DecodedDetector, session) -> float:
    images = np.random.default_rng(0).random((1, 3, IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX), np.float32)
    with torch.inference_mode():
        expected = decoded(torch.from_numpy(images)).numpy()
    actual = session.run(None, {"images": images})[0]
    # Boxes are hundreds of pixels: their difference is relative there, absolute below one pixel.
    return float((np.abs(actual - expected) / np.maximum(np.abs(expected), 1)).max())


def make_card(checkpoint: Checkpoint, network: CarDetector, path: Path, run_ms: float) -> dict:
    provenance = checkpoint.provenance
    return {
        "name": NETWORK_NAME,
        "file": path.name,
        "layout": "yolov8",
        "suppression": SUPPRESSION,
        "classes": list(CLASS_NAMES),
        "input": {
            "widthPx": IMAGE_WIDTH_PX,
            "heightPx": IMAGE_HEIGHT_PX,
            "channels": "rgb",
            "scale": "0-1",
            "letterboxValue": LETTERBOX_VALUE,
        },
        "gflops": round(count_operations(network) / 1e9, 4),
        "parameters": count_parameters(network),
        "opset": OPSET,
        "irVersion": IR_VERSION,
        "trainingData": {
            "images": provenance.data_images,
            "seed": provenance.data_seed,
            "generator": "npm run dataset",
        },
        "trainingSeed": provenance.training_seed,
        "epochs": round(checkpoint.epochs, 1),
        "trainingMinutes": round(checkpoint.elapsed_s / 60, 1),
        "sha256": file_digest(path),
        "licence": "MIT",
        "onnxruntimeCpuMs": round(run_ms, 2),
    }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Write a trained network as ONNX.")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for the network and its card")
    wanted = parser.parse_args(arguments)
    print(export(load_checkpoint(wanted.checkpoint, torch.device("cpu")), wanted.out))


if __name__ == "__main__":
    main()
