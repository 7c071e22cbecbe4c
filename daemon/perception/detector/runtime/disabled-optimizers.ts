/**
 * What ONNX Runtime must not make of a graph, by its entry among a session's settings; versions that do not know it pass over it.
 * From 1.17 on, at least to 1.27, a padding with zeros is taken into the MaxPool behind it, whose own padding never counts: where
 * all numbers at an edge are below 0, as behind a SiLU, they then stand for the zeros. Ultralytics' YOLOv3-tiny is made so; barely
 * trained, its scores were off by up to 0.2.
 * @see https://github.com/microsoft/onnxruntime/pull/18136
 * @see https://github.com/microsoft/onnxruntime/blob/main/include/onnxruntime/core/session/onnxruntime_session_options_config_keys.h
 */
export const disabledOptimizers = {
  section: 'optimization',
  key: 'disable_specified_optimizers',
  names: 'Pad_Fusion',
} as const;
