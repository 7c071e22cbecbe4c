"""An onnxruntime session as the car without its GPU would run it: one thread, so that figures can be compared."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
from torch import Tensor


def open_session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def session_predictor(session: onnxruntime.InferenceSession) -> Callable[[Tensor], np.ndarray]:
    """The network's shape is fixed at one picture, so that a batch is run one by one."""

    def predict(images: Tensor) -> np.ndarray:
        planes = images.permute(0, 3, 1, 2).cpu().numpy().astype(np.float32) / 255
        return np.concatenate([session.run(None, {"images": plane[None]})[0] for plane in planes])

    return predict
