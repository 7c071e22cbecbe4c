import type { ActuatorConfig } from '../../protocol/actuator-config.ts';
import { beyondDeadZone } from '../pulses.ts';
import type { RigDesign } from '../rig.ts';
import { differentialRig, servoAndMotorsRig } from './motor-rig.ts';
import { withOutputEnable } from './output-enable.ts';
import { pulseRig } from './pulse-rig.ts';

/** The rig that a configuration describes; it was checked before (config-check). */
export function designRig(config: ActuatorConfig): RigDesign {
  const design = wheels(config);
  const rig: RigDesign = {
    ...design,
    outputs: (drive) => design.outputs({ ...drive, throttle: beyondDeadZone(drive.throttle, config.throttle) }),
  };
  return config.outputEnable === undefined ? rig : withOutputEnable(rig, config.outputEnable.pin);
}

function wheels(config: ActuatorConfig): RigDesign {
  switch (config.kind) {
    case undefined:
    case 'servo-and-speed-controller':
      return pulseRig(config);
    case 'servo-and-motors':
      return servoAndMotorsRig(config);
    case 'differential':
      return differentialRig(config);
  }
}
