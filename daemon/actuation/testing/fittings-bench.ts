import type { ActuatorConfig } from '../../protocol/actuator-config.ts';
import { rates } from '../../protocol/rates.ts';
import { type CarLight, Fittings } from '../fittings.ts';
import type { Pins } from '../pins/pins.ts';
import { InMemoryBus } from './in-memory-bus.ts';
import { InMemoryPins } from './in-memory-pins.ts';
import { carOnDesk } from './sample-config.ts';

/** A car on the desk with something fitted to it, and what its fittings say. */
export class FittingsBench {
  readonly bus = new InMemoryBus();
  readonly pins = new InMemoryPins();
  readonly stops: string[] = [];
  readonly missing: string[] = [];
  nowMs = 10_000;

  /** Not started yet. */
  fit(fittings: Partial<ActuatorConfig>, openPins: () => Promise<Pins> = async () => this.pins): Fittings {
    return new Fittings({ ...carOnDesk, ...fittings } as ActuatorConfig, {
      bus: () => this.bus,
      openPins,
      onStop: (reason) => this.stops.push(reason),
      onMissing: (text) => this.missing.push(text),
    });
  }

  async mount(fittings: Partial<ActuatorConfig>): Promise<Fittings> {
    const fitted = this.fit(fittings);
    await fitted.start();
    return fitted;
  }

  async elapse(fitted: Fittings, milliseconds: number, light: CarLight = 'ready'): Promise<void> {
    for (let left = milliseconds; left > 0; left -= rates.actuationPeriodMs) {
      this.nowMs += rates.actuationPeriodMs;
      fitted.tick(this.nowMs, light);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
