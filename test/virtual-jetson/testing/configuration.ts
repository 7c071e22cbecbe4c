import { readFileSync, writeFileSync } from 'node:fs';
import { carUnit, systemctl, untilReady } from './service.ts';

/** As it was installed: `car.yaml` of the virtual Jetson. */
const installed = '/car/car.yaml';
const used = '/var/lib/jetson-car/car.yaml';

/** Starts the installed car anew with another configuration, made of the one that was installed. */
export async function restartWith(change: (yaml: string) => string): Promise<void> {
  // The file stays the car's own: it is written, not replaced.
  writeFileSync(used, change(readFileSync(installed, 'utf8')));
  systemctl('reset-failed', carUnit);
  systemctl('restart', carUnit);
  await untilReady();
}
