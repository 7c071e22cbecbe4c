import type { PulseActuatorConfig } from '../../protocol/actuator-config.ts';
import { common, degrees, hobbyServoAndSpeedController, type VehiclePreset } from './common.ts';
import { hshopVehicle } from './hshop-1-18.ts';

/** Two cells in series behind the INA219 of a power board, with its shunt of 10 mOhm. */
const twoLithiumCells = {
  address: 0x41,
  shuntOhm: 0.01,
  emptyV: 6,
  fullV: 8.4,
  capacityMah: 2600,
  lowShare: 0.3,
  criticalShare: 0.15,
} as const;

/** The simulated car's wheels, as those of a real one. */
export const simulatedActuators: PulseActuatorConfig = {
  ...hobbyServoAndSpeedController,
  throttle: { ...hobbyServoAndSpeedController.throttle, armingNeutralMs: 200 },
  battery: twoLithiumCells,
  bus: { kind: 'simulated', socket: '' },
};

export const simulated: VehiclePreset = {
  summary: 'The simulated car, on any computer; the default',
  source: 'The hshop chassis with a wider camera, and physics in place of the road.',
  config: {
    ...common,
    pilot: { ...common.pilot, stopFor: [...common.pilot.stopFor] },
    vehicle: { name: 'simulated', ...hshopVehicle },
    camera: {
      source: 'simulator',
      widthPx: 480,
      heightPx: 360,
      framesPerSecond: 20,
      captureOffsetMs: 0,
      horizontalFieldOfViewRad: 80 * degrees,
      radialDistortion: [-0.05, 0.005],
      heightM: 0.16,
      pitchRad: 10 * degrees,
      rollRad: 0,
      forwardM: 0.1,
    },
    actuators: simulatedActuators,
  },
};
