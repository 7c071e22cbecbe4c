import type { Settings, SettingsGroup, SettingsPatch } from '../protocol/settings.ts';
import type { CarConfig } from './config.ts';
import type { ConfigChanges } from './config-store.ts';

/** The part of a configuration that people change from the phone. */
export function settingsOf({ actuators, camera, detector, pilot }: CarConfig): Settings {
  const { leftPulseUs, centrePulseUs, rightPulseUs } = actuators.steering;
  const { reversePulseUs, neutralPulseUs, forwardPulseUs, maxForward, maxReverse } = actuators.throttle;
  const { horizontalFieldOfViewRad, heightM, pitchRad, rollRad, forwardM } = camera;
  const { modelFile, scoreThreshold, iouThreshold } = detector;
  const { gripShare, maxSpeedMps, stopSignWaitMs, stopFor } = pilot;
  return {
    steering: { leftPulseUs, centrePulseUs, rightPulseUs },
    throttle: { reversePulseUs, neutralPulseUs, forwardPulseUs, maxForward, maxReverse },
    camera: { horizontalFieldOfViewRad, heightM, pitchRad, rollRad, forwardM },
    detector: { modelFile, scoreThreshold, iouThreshold },
    pilot: { gripShare, maxSpeedMps, stopSignWaitMs, stopFor: [...stopFor] },
  };
}

/** The same configuration with these settings. */
export function withSettings(config: CarConfig, patch: SettingsPatch): CarConfig {
  const { actuators } = config;
  return {
    ...config,
    actuators: {
      ...actuators,
      steering: { ...actuators.steering, ...given(patch.steering) },
      throttle: { ...actuators.throttle, ...given(patch.throttle) },
    },
    camera: { ...config.camera, ...given(patch.camera) },
    detector: { ...config.detector, ...given(patch.detector) },
    pilot: { ...config.pilot, ...given(patch.pilot) },
  };
}

/** Where the settings stand in the configuration file. */
export function changesOf(patch: SettingsPatch): ConfigChanges {
  const { steering, throttle, ...others } = patch;
  const actuators = { ...(steering !== undefined && { steering }), ...(throttle !== undefined && { throttle }) };
  return { ...(Object.keys(actuators).length > 0 && { actuators }), ...given(others) };
}

/** What gives a group of settings back to the vehicle's preset. */
export function resetChangesOf(group: SettingsGroup, settings: Settings): ConfigChanges {
  const toPreset = Object.fromEntries(Object.keys(settings[group]).map((key) => [key, null]));
  return group === 'steering' || group === 'throttle' ? { actuators: { [group]: toPreset } } : { [group]: toPreset };
}

type Given<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without the keys that hold undefined: spread over something, they would take values away. */
function given<T extends object>(patch: T | undefined): Given<T> {
  return Object.fromEntries(Object.entries(patch ?? {}).filter(([, value]) => value !== undefined)) as Given<T>;
}
