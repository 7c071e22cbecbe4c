import type { ActuationCommand } from '../protocol/actuation-messages.ts';
import type { ActuatorConfig } from '../protocol/actuator-config.ts';
import { type CarAtAGlance, drawLines, statusLines } from './status-picture.ts';

const periodMs = 1000;

/**
 * Keeps the screen on the car at what it should show, where there is one. Once a second, changed or not: motor control, which owns
 * the bus, may have been started anew. The font is loaded only then: most cars have no such screen.
 */
export async function startStatusScreen(options: {
  readonly config: () => ActuatorConfig['statusScreen'];
  readonly glance: () => CarAtAGlance;
  readonly send: (command: ActuationCommand) => void;
}): Promise<{ stop(): void }> {
  if (options.config() === undefined) return { stop() {} };
  const { default: font } = await import('oled-font-5x7');
  const show = () => {
    const screen = options.config();
    if (screen === undefined) return;
    const picture = drawLines(statusLines(options.glance()), screen.heightPx, font);
    options.send({ kind: 'show', picture: Buffer.from(picture).toString('base64') });
  };
  show();
  const timer = setInterval(show, periodMs);
  return { stop: () => clearInterval(timer) };
}
