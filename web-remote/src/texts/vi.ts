import type { Texts } from './en.ts';
import { carMessages } from './vi/car-messages.ts';
import { drive } from './vi/drive.ts';
import { page } from './vi/page.ts';
import { setUp } from './vi/set-up.ts';
import { telemetry } from './vi/telemetry.ts';

/** Every sentence of the page, in Vietnamese. */
export const vi: Texts = { ...page, ...drive, ...telemetry, ...setUp, ...carMessages };
