import { carMessages } from './en/car-messages.ts';
import { drive } from './en/drive.ts';
import { page } from './en/page.ts';
import { setUp } from './en/set-up.ts';
import { telemetry } from './en/telemetry.ts';

/** Every sentence of the page, in English. Another language is another object of this shape (`Texts`): what it lacks does not compile. */
export const en = { ...page, ...drive, ...telemetry, ...setUp, ...carMessages };

export type Texts = typeof en;
