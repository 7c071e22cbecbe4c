import type { ActuatorConfig } from '../../protocol/actuation-messages.ts';
import { pwmTiming } from '../pulses.ts';

/**
 * What the neutraliser must know to end the pulses when nothing else of the car runs: one `name=number` a line. The car
 * writes it at each start. Undefined for a bus that exists only as long as its simulator.
 */
export function wheelsFile({ bus, pca9685, throttle, steering }: ActuatorConfig): string | undefined {
  if (bus.kind !== 'linux') return undefined;
  const lines = [
    `bus=${bus.number}`,
    `address=${pca9685.address}`,
    `prescale=${pwmTiming(pca9685.frequencyHz).prescale}`,
    `hold_channel=${throttle.channel}`,
    `hold_us=${Math.round(throttle.neutralPulseUs)}`,
    `off_channels=${throttle.channel},${steering.channel}`,
  ];
  return `# For the neutraliser (daemon/actuation/neutraliser): how to end the pulses of this car.\n${lines.join('\n')}\n`;
}
