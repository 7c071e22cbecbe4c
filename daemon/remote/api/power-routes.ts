import type { PowerAction, PowerAnswer, PowerState } from '../../protocol/power.ts';
import { powerAnswerSchema, powerRequestSchema, powerStateSchema } from '../../protocol/power.ts';
import { change, type Route, read } from './route.ts';

/** What these routes want of the daemon. */
export interface PowerPort {
  state(): Promise<PowerState>;
  /** Resolves when it has begun. Rejects with UserError when it may or can not be done; then nothing has happened. */
  begin(action: PowerAction): Promise<PowerAnswer>;
}

/** Switching off and starting anew: by a driver, while the car is disarmed. */
export function powerRoutes(power: PowerPort): Route[] {
  return [
    read({
      path: '/api/power',
      leastRole: 'driver',
      summary: 'Which of restarting the program, restarting the car and shutting it down can be done, and why not.',
      answers: powerStateSchema,
      handle: async () => ({ kind: 'json', body: await power.state() }),
    }),
    change({
      method: 'POST',
      path: '/api/power',
      leastRole: 'driver',
      whileArmed: 'refused',
      summary: 'Restarts the program or the car, or shuts it down; a simulated car says what it would do.',
      body: powerRequestSchema,
      answers: powerAnswerSchema,
      handle: async ({ body }) => ({ kind: 'json', body: await power.begin(body.action) }),
    }),
  ];
}
