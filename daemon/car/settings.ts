import { isPulseDriven } from '../protocol/actuator-config.ts';
import type { Settings, SettingsGroup, SettingsPatch } from '../protocol/settings.ts';
import { type CarConfig, carConfigSchema } from './config.ts';
import type { ConfigChanges } from './config-changes.ts';
import { merge } from './load-config.ts';

/** The part of a configuration that people change from the phone. */
export function settingsOf({ actuators, camera, detector, pilot }: CarConfig): Settings {
  const { maxForward, maxReverse, deadZone = 0 } = actuators.throttle;
  const { horizontalFieldOfViewRad, heightM, pitchRad, rollRad, forwardM } = camera;
  const { modelFile, scoreThreshold, iouThreshold } = detector;
  const { gripShare, maxSpeedMps, coneHeightM, stopSignWaitMs, stopFor } = pilot;
  return {
    ...(actuators.kind !== 'differential' && { steering: steeringOf(actuators.steering) }),
    throttle: { maxForward, maxReverse, deadZone },
    ...(isPulseDriven(actuators) && { motor: motorOf(actuators.throttle) }),
    camera: { horizontalFieldOfViewRad, heightM, pitchRad, rollRad, forwardM },
    detector: { modelFile, scoreThreshold, iouThreshold },
    pilot: { gripShare, maxSpeedMps, coneHeightM, stopSignWaitMs, stopFor: [...stopFor] },
  };
}

function steeringOf({ leftPulseUs, centrePulseUs, rightPulseUs }: NonNullable<Settings['steering']>) {
  return { leftPulseUs, centrePulseUs, rightPulseUs };
}

function motorOf({ reversePulseUs, neutralPulseUs, forwardPulseUs }: NonNullable<Settings['motor']>) {
  return { reversePulseUs, neutralPulseUs, forwardPulseUs };
}

/**
 * The same configuration with these settings.
 * @throws ZodError for a setting that this kind of car has not.
 */
export function withSettings(config: CarConfig, patch: SettingsPatch): CarConfig {
  return carConfigSchema.parse(merge(config, changesOf(patch)));
}

/** Where the settings stand in the configuration file. */
export function changesOf(patch: SettingsPatch): ConfigChanges {
  const { steering, throttle, motor, ...others } = patch;
  const throttles = { ...given(throttle), ...given(motor) };
  const actuators = {
    ...(steering !== undefined && { steering: given(steering) }),
    ...(Object.keys(throttles).length > 0 && { throttle: throttles }),
  };
  const groups = Object.entries(given(others)).map(([group, values]) => [group, given(values)]);
  return { ...(Object.keys(actuators).length > 0 && { actuators }), ...Object.fromEntries(groups) };
}

/** What gives a group of settings back to the vehicle's preset; nothing for a group that this car has not. */
export function resetChangesOf(group: SettingsGroup, settings: Settings): ConfigChanges {
  const toPreset = Object.fromEntries(Object.keys(settings[group] ?? {}).map((key) => [key, null]));
  switch (group) {
    case 'steering':
      return { actuators: { steering: toPreset } };
    case 'throttle':
    case 'motor':
      return { actuators: { throttle: toPreset } };
    case 'camera':
    case 'detector':
    case 'pilot':
      return { [group]: toPreset };
  }
}

/** What leads from one state of the settings to another: only what differs. */
export function settingsBetween(from: Settings, to: Settings): SettingsPatch {
  const groups = Object.entries(to).map(([group, values]) => {
    const before: object = from[group as SettingsGroup] ?? {};
    const old = new Map(Object.entries(before));
    const changed = Object.entries(values ?? {}).filter(([key, value]) => !isSame(old.get(key), value));
    return [group, Object.fromEntries(changed)] as const;
  });
  return Object.fromEntries(groups.filter(([, values]) => Object.keys(values).length > 0));
}

export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Without the keys that hold undefined: merged over something, they would take values away. */
function given(patch: object | undefined): object {
  return Object.fromEntries(Object.entries(patch ?? {}).filter(([, value]) => value !== undefined));
}
