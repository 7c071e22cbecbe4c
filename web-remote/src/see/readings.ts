import type { BoardReadings, ReadingLevel } from '../../../daemon/protocol/board.ts';
import type { Telemetry } from '../../../daemon/protocol/telemetry.ts';
import { fixed } from '../fixed.ts';
import { networkName } from '../setup/network-facts.ts';
import { inWordsOf } from '../texts/car-words.ts';
import type { Texts } from '../texts/en.ts';

/** One thing that is measured, ready to be shown. */
export interface Reading {
  readonly id: keyof Texts['readings'];
  readonly value: string;
  readonly unit?: string;
  /** What stands small beside it. */
  readonly detail?: string;
  /** Of what is full at 1. */
  readonly share?: number;
  readonly level?: ReadingLevel;
}

export interface LinkReading {
  readonly roundTripMs: number;
}

/** How the car drives. */
export function drivingReadings(telemetry: Telemetry, texts: Texts): Reading[] {
  const { asked, given, speedMps, plan, simulated, battery } = telemetry;
  return [
    { id: 'speed', value: fixed(speedMps, 2), unit: 'm/s', ...(plan && { detail: planned(plan, texts) }) },
    {
      id: 'steering',
      value: sided(given.steering, texts.left, texts.right),
      detail: `${texts.asked} ${sided(asked.steering, texts.left, texts.right)}`,
    },
    {
      id: 'throttle',
      value: sided(given.throttle, texts.forward, texts.backward),
      detail: `${texts.asked} ${sided(asked.throttle, texts.forward, texts.backward)}`,
    },
    ...(battery === undefined
      ? []
      : [
          {
            id: 'battery' as const,
            value: fixed(battery.volts, 2),
            unit: 'V',
            level: battery.level,
            ...(battery.share !== undefined && { share: battery.share }),
            detail: [
              battery.share === undefined ? '' : percent(battery.share),
              battery.minutesLeft === undefined ? '' : texts.minutesLeft(Math.round(battery.minutesLeft)),
              battery.amps === undefined ? '' : `${fixed(battery.amps, 1)} A`,
            ]
              .filter((part) => part !== '')
              .join(' · '),
          },
        ]),
    ...(telemetry.neutralReason === undefined
      ? []
      : [{ id: 'neutral' as const, value: texts.neutral, detail: inWordsOf(texts.carWords, telemetry.neutralReason) }]),
    ...(simulated === undefined
      ? []
      : [
          {
            id: 'laps' as const,
            value: String(simulated.laps),
            detail: `${texts.conesHit}: ${simulated.conesHit}`,
          },
        ]),
  ];
}

/** What the car sees by, and how late. */
export function seeingReadings(
  telemetry: Telemetry,
  texts: Texts,
  link: LinkReading | undefined,
  videoRate: number,
): Reading[] {
  const { detectionAgeMs, frameToCommandMs, model, provider } = telemetry;
  return [
    {
      id: 'camera',
      value: fixed(telemetry.cameraFramesPerSecond, 1),
      unit: '/s',
      ...(telemetry.captureTimeSource && { detail: inWordsOf(texts.carWords, telemetry.captureTimeSource) }),
    },
    {
      id: 'detector',
      value: fixed(telemetry.detectorFramesPerSecond, 1),
      unit: '/s',
      ...(telemetry.stages && { detail: `${fixed(telemetry.stages.runMs, 1)} ms` }),
    },
    ...(model === undefined
      ? []
      : [{ id: 'network' as const, value: networkName(model), ...(provider !== undefined && { detail: provider }) }]),
    ...milliseconds('detectionAge', detectionAgeMs, 0),
    // Only a pilot drives by frames; its place stays, so that nothing jumps as it begins and ends.
    ...(frameToCommandMs === undefined
      ? [{ id: 'frameToCommand' as const, value: '–' }]
      : milliseconds('frameToCommand', frameToCommandMs, 1)),
    ...milliseconds('jitter', telemetry.controlJitterMs, 2),
    { id: 'video', value: fixed(videoRate, 0), unit: '/s' },
    ...(link === undefined ? [] : [{ id: 'link' as const, value: fixed(link.roundTripMs, 1), unit: 'ms' }]),
  ];
}

/** The computer in the car: whatever of it this machine tells. */
export function boardReadings(board: BoardReadings, texts: Texts): Reading[] {
  const found: Reading[] = [];
  const { cpuLoad, cpuCores, cpuClockMhz, gpuLoad, gpuClockMhz, memoryUsedMb, memoryTotalMb } = board;
  if (cpuLoad !== undefined) {
    const clock = cpuClockMhz === undefined ? '' : `${fixed(cpuClockMhz.current / 1000, 2)} GHz`;
    const cores = cpuCores === undefined ? '' : `${cpuCores.online}/${cpuCores.present}`;
    found.push({ id: 'cpu', value: percent(cpuLoad), share: cpuLoad, ...joined(cores, clock) });
  }
  if (gpuLoad !== undefined) {
    found.push({
      id: 'gpu',
      value: percent(gpuLoad),
      share: gpuLoad,
      ...joined(gpuClockMhz === undefined ? '' : `${Math.round(gpuClockMhz)} MHz`),
    });
  }
  const hottest = board.temperatures?.reduce(
    (a, b) => (b.celsius > a.celsius ? b : a),
    board.temperatures[0] ?? { name: '', celsius: 0 },
  );
  if (hottest !== undefined && hottest.name !== '') {
    found.push({
      id: 'temperature',
      value: fixed(hottest.celsius, 0),
      unit: '°C',
      detail: (board.temperatures ?? []).map(({ name, celsius }) => `${name} ${fixed(celsius, 0)}°`).join(' · '),
      ...(board.temperatureLevel && { level: board.temperatureLevel }),
    });
  }
  if (memoryUsedMb !== undefined && memoryTotalMb !== undefined && memoryTotalMb >= 1) {
    found.push({
      id: 'memory',
      value: percent(memoryUsedMb / memoryTotalMb),
      share: memoryUsedMb / memoryTotalMb,
      detail: `${gigabytes(memoryUsedMb)} / ${gigabytes(memoryTotalMb)} GB`,
    });
  }
  const { diskFreeMb, diskTotalMb, powerMw, supplyV, powerMode, wifi } = board;
  if (diskFreeMb !== undefined) {
    found.push({
      id: 'disk',
      value: gigabytes(diskFreeMb),
      unit: 'GB',
      ...(diskTotalMb !== undefined &&
        diskTotalMb >= 1 && { detail: `/ ${gigabytes(diskTotalMb)} GB`, share: 1 - diskFreeMb / diskTotalMb }),
    });
  }
  const supply = supplyV === undefined ? '' : `${fixed(supplyV, 2)} V`;
  if (powerMw?.total !== undefined)
    found.push({ id: 'power', value: fixed(powerMw.total / 1000, 1), unit: 'W', ...joined(powerMode ?? '', supply) });
  else if (supplyV !== undefined)
    found.push({ id: 'power', value: fixed(supplyV, 2), unit: 'V', ...joined(powerMode ?? '') });
  if (wifi?.signalDbm !== undefined) {
    found.push({
      id: 'wifi',
      value: fixed(wifi.signalDbm, 0),
      unit: 'dBm',
      ...joined(wifi.ssid ?? ''),
      ...(wifi.qualityShare !== undefined && { share: wifi.qualityShare }),
    });
  } else if (wifi?.qualityShare !== undefined) {
    found.push({ id: 'wifi', value: percent(wifi.qualityShare), share: wifi.qualityShare, ...joined(wifi.ssid ?? '') });
  }
  if (board.uptimeS !== undefined)
    found.push({ id: 'uptime', value: String(Math.floor(board.uptimeS / 60)), unit: texts.minutes });
  return found;
}

function milliseconds(id: Reading['id'], value: number | undefined, digits: number): Reading[] {
  return value === undefined ? [] : [{ id, value: fixed(value, digits), unit: 'ms' }];
}

function joined(...parts: string[]): { detail?: string } {
  const detail = parts.filter((part) => part !== '').join(' · ');
  return detail === '' ? {} : { detail };
}

function planned({ speedMps, because }: NonNullable<Telemetry['plan']>, texts: Texts): string {
  return `${texts.planned} ${fixed(speedMps, 2)} · ${texts.reasonsForSpeed[because] ?? because}`;
}

/** A share with its side in a word: nobody has to know which way is negative. */
function sided(value: number, positive: string, negative: string): string {
  const whole = Math.round(Math.abs(value) * 100);
  return whole === 0 ? '0' : `${whole} ${value > 0 ? positive : negative}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function gigabytes(megabytes: number): string {
  return fixed(megabytes / 1024, 1);
}
