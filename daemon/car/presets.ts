import type { CarConfig } from './config.ts';
import type { VehiclePreset } from './vehicles/common.ts';
import { donkeycar } from './vehicles/donkeycar.ts';
import { hshop, hshopWithBridge } from './vehicles/hshop-1-18.ts';
import { jetBot, waveshareJetBot } from './vehicles/jetbot.ts';
import { nvidiaJetRacer, waveshareJetRacer } from './vehicles/jetracer.ts';
import { simulated } from './vehicles/simulated.ts';
import { wltoys } from './vehicles/wltoys-144001.ts';

export { simulatedActuators } from './vehicles/simulated.ts';

/** Every car that the software knows, by the name that `--vehicle` and `preset` take. No real one was seen on a board yet. */
export const vehiclePresets: Readonly<Record<string, VehiclePreset>> = Object.fromEntries(
  [
    simulated,
    hshop,
    hshopWithBridge,
    wltoys,
    nvidiaJetRacer,
    waveshareJetRacer,
    jetBot,
    waveshareJetBot,
    donkeycar,
  ].map((preset) => [preset.config.vehicle.name, preset]),
);

export const presets: Readonly<Record<string, CarConfig>> = Object.fromEntries(
  Object.entries(vehiclePresets).map(([name, { config }]) => [name, config]),
);
