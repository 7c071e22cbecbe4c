/**
 * The labels of the shipped detector, in class order. Stop sign and person are spelled as COCO spells them. In a file
 * of its own because the maker of training pictures runs where no dependency is installed.
 */
export const carLabels = ['blue cone', 'yellow cone', 'orange cone', 'stop sign', 'person', 'box'] as const;
export type CarLabel = (typeof carLabels)[number];
