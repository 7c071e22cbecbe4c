import { describePins } from '../pins/pins.contract.ts';
import { InMemoryPins } from './in-memory-pins.ts';

describePins('the pins in memory', async () => {
  const pins = new InMemoryPins();
  return {
    pins,
    output: 'J41 pin 7',
    input: 'J41 pin 11',
    unknown: 'J41 pin 1',
    wire: (pin) => pins.wire(pin),
    put: (pin, level) => pins.put(pin, level),
    refuse: () => {
      pins.refusal = 'EIO';
    },
    pwm: { pin: 'J41 pin 33', duty: () => pins.duties.get('J41 pin 33') ?? Number.NaN },
    settle: async () => {},
    dispose: async () => {},
  };
});
