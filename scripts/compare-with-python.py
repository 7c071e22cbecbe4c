#!/usr/bin/env python3
"""This project's detector beside OpenCV's DNN module and ONNX Runtime in Python: same photographs, network and threads.

    python3 -m venv .venv && .venv/bin/pip install numpy opencv-python-headless onnxruntime
    npm run build && .venv/bin/python scripts/compare-with-python.py --model F.onnx [--threads N] PHOTO...

For networks as Ultralytics exports them, v8 `[1, 4 + classes, N]` and v5 `[1, N, 5 + classes]`, float32, of a fixed
size. Of the two Python runtimes those that are installed take part. Prints medians in milliseconds and the objects found;
unsure ones differ, as OpenCV's resizing leaves out pixels where this project's averages them.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

try:
    import onnxruntime
except ImportError:
    onnxruntime = None

SCORE, OVERLAP, PADDING = 0.25, 0.45, 114
WARM_UP_RUNS = 3
LAYOUTS = ("yolov8", "yolov5")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("photos", nargs="+")
    wanted = parser.parse_args()
    cv2.setNumThreads(wanted.threads)
    photos = {name: cv2.imread(name) for name in wanted.photos}
    unreadable = [name for name, pixels in photos.items() if pixels is None]
    if unreadable:
        sys.exit(f"cannot be read as pictures: {', '.join(unreadable)}")

    ours = times_of_this_project(wanted)
    if ours["layout"] not in LAYOUTS:
        sys.exit(f"{wanted.model} is of layout {ours['layout']}, and what stands beside it here decodes {' and '.join(LAYOUTS)} only")
    size = ours["widthPx"], ours["heightPx"]
    rows = {"jetson-car": ours["photos"]}
    if onnxruntime is None:
        print("onnxruntime is not installed: left out", file=sys.stderr)
    else:
        predict = onnx_runtime(wanted.model, wanted.threads)
        rows[f"onnxruntime {onnxruntime.__version__}"] = [times(predict, size, pixels, wanted.runs) for pixels in photos.values()]
    try:
        predict = opencv(wanted.model)
        rows[f"OpenCV {cv2.__version__}"] = [times(predict, size, pixels, wanted.runs) for pixels in photos.values()]
    except cv2.error as error:
        print(f"OpenCV cannot run {wanted.model}: {str(error).splitlines()[0]}", file=sys.stderr)
    print_table(wanted, rows)


def times_of_this_project(wanted: argparse.Namespace) -> dict:
    script = Path(__file__).parent / "time-photos.js"
    options = ["--model", wanted.model, "--threads", str(wanted.threads), "--runs", str(wanted.runs)]
    done = subprocess.run(["node", script, *options, *wanted.photos], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr.strip())
    return json.loads(done.stdout)


def onnx_runtime(model: str, threads: int):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    picture = session.get_inputs()[0]
    if picture.type != "tensor(float)":
        sys.exit(f"{model} takes {picture.type}, and what stands beside this project here gives tensor(float), float32, only")
    return lambda tensor: session.run(None, {picture.name: tensor})[0]


def opencv(model: str):
    network = cv2.dnn.readNetFromONNX(model)

    def predict(tensor: np.ndarray) -> np.ndarray:
        network.setInput(tensor)
        return network.forward()

    return predict


def times(predict, size: tuple[int, int], pixels: np.ndarray, runs: int) -> dict:
    stages = []
    for _ in range(runs + WARM_UP_RUNS):
        marks = [time.perf_counter()]
        tensor = letterbox(pixels, size)
        marks.append(time.perf_counter())
        head = predict(tensor)
        marks.append(time.perf_counter())
        objects = decode(head)
        marks.append(time.perf_counter())
        stages.append(np.diff(marks) * 1e3)
    preprocess, run, post = np.median(stages[WARM_UP_RUNS:], axis=0)
    return {"preprocessMs": preprocess, "runMs": run, "decodeMs": post, "objects": objects}


def letterbox(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    height, width = pixels.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    scaled = round(width * scale), round(height * scale)
    canvas = np.full((size[1], size[0], 3), PADDING, np.uint8)
    left, top = (size[0] - scaled[0]) // 2, (size[1] - scaled[1]) // 2
    canvas[top : top + scaled[1], left : left + scaled[0]] = cv2.resize(pixels, scaled, interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32) / 255)


def decode(head: np.ndarray) -> int:
    rows = head[0] if head.shape[1] > head.shape[2] else head[0].T
    scores = rows[:, 5:] * rows[:, 4:5] if head.shape[1] > head.shape[2] else rows[:, 4:]
    classes = scores.argmax(axis=1)
    best = scores[np.arange(len(scores)), classes]
    kept = best >= SCORE
    boxes, best, classes = rows[kept, :4].copy(), best[kept], classes[kept]
    boxes[:, :2] -= boxes[:, 2:] / 2
    return len(cv2.dnn.NMSBoxesBatched(boxes.tolist(), best.tolist(), classes.tolist(), SCORE, OVERLAP))


def print_table(wanted: argparse.Namespace, rows: dict[str, list[dict]]) -> None:
    print(f"{wanted.model}, {wanted.threads} thread(s), median of {wanted.runs} runs, ms")
    print(f"{'':24}{'photo':22}{'preprocess':>11}{'run':>9}{'decode':>9}{'all':>9}  objects")
    for name, results in rows.items():
        for photo, result in zip(wanted.photos, results):
            stages = [result[stage] for stage in ("preprocessMs", "runMs", "decodeMs")]
            figures = "".join(f"{value:9.2f}" for value in (*stages[1:], sum(stages)))
            print(f"{name:24}{Path(photo).name:22}{stages[0]:11.2f}{figures}  {result['objects']}")


if __name__ == "__main__":
    main()
