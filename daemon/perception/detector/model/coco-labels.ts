/** The 80 classes of COCO's detection task, in the order that detectors trained on it use. */
export const cocoLabels: readonly string[] = [
  ...['person', 'bicycle', 'car', 'motorcycle', 'airplane', 'bus', 'train', 'truck', 'boat', 'traffic light'],
  ...['fire hydrant', 'stop sign', 'parking meter', 'bench', 'bird', 'cat', 'dog', 'horse', 'sheep', 'cow'],
  ...['elephant', 'bear', 'zebra', 'giraffe', 'backpack', 'umbrella', 'handbag', 'tie', 'suitcase', 'frisbee'],
  ...['skis', 'snowboard', 'sports ball', 'kite', 'baseball bat', 'baseball glove', 'skateboard', 'surfboard'],
  ...['tennis racket', 'bottle', 'wine glass', 'cup', 'fork', 'knife', 'spoon', 'bowl', 'banana', 'apple'],
  ...['sandwich', 'orange', 'broccoli', 'carrot', 'hot dog', 'pizza', 'donut', 'cake', 'chair', 'couch'],
  ...['potted plant', 'bed', 'dining table', 'toilet', 'tv', 'laptop', 'mouse', 'remote', 'keyboard', 'cell phone'],
  ...['microwave', 'oven', 'toaster', 'sink', 'refrigerator', 'book', 'clock', 'vase', 'scissors', 'teddy bear'],
  ...['hair drier', 'toothbrush'],
];

/** Numbers below 91 that COCO gives to none of them; 0 is the background, by whose name a card is known to count from 1. */
const unusedNumbers = new Set([0, 12, 26, 29, 30, 45, 66, 68, 69, 71, 83]);

/** The same classes by the numbers that COCO's own files give them, as TensorFlow's and torchvision's networks do. */
export const cocoLabelsByNumber: readonly string[] = Array.from({ length: 91 }, (_, number) => {
  const skipped = [...unusedNumbers].filter((unused) => unused < number).length;
  if (number === 0) return 'background';
  return unusedNumbers.has(number) ? `class ${number}` : cocoLabels[number - skipped]!;
});
