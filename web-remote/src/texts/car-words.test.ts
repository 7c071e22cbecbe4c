import { expect, test } from 'vitest';
import { openLinuxBus } from '../../../daemon/actuation/bus/linux-bus.ts';
import type { NeutralReason } from '../../../daemon/actuation/gate-types.ts';
import { boardHints } from '../../../daemon/board/hints.ts';
import { simulatedCameraPlan } from '../../../daemon/children/perception-start.ts';
import { cameraTroubles } from '../../../daemon/perception/camera/camera-trouble.ts';
import { type CameraProgramLife, explainEnd } from '../../../daemon/perception/camera/explain-end.ts';
import { judgeLiveness, type Liveness } from '../../../daemon/perception/camera/liveness.ts';
import { wordsOf } from '../../../daemon/perception/camera/pipelines.ts';
import { type ArmingChecks, armingObstacles } from '../../../daemon/planning/arming.ts';
import {
  initialModeState,
  type ModeState,
  modeObstacles,
  neutralReason,
  reduceMode,
  slowReason,
} from '../../../daemon/planning/modes.ts';
import { ReadingsWatch } from '../../../daemon/planning/readings-watch.ts';
import { viewDoubts } from '../../../daemon/planning/view-watch.ts';
import type { ActuationStatus } from '../../../daemon/protocol/actuation-messages.ts';
import { boardHintCodes } from '../../../daemon/protocol/board.ts';
import { carLabels } from '../../../daemon/protocol/car-labels.ts';
import { alertOfEvent } from '../alert-list.ts';
import { type CarWords, inWordsOf } from './car-words.ts';
import { languages } from './language.ts';

const words: CarWords = {
  sentences: { late: 'trễ', 'motor board not ready': 'mạch chưa sẵn sàng' },
  patterns: [[/^(\d+) ms old$/, 'cũ $1 ms']],
};

test.each([
  ['late', 'trễ'],
  ['320 ms old', 'cũ 320 ms'],
  ['late (320 ms old)', 'trễ (cũ 320 ms)'],
  ['late; 5 ms old; /dev/video0 is gone', 'trễ; cũ 5 ms; /dev/video0 is gone'],
  ['motor board not ready: EREMOTEIO', 'mạch chưa sẵn sàng: EREMOTEIO'],
  ['constructor', 'constructor'],
  ['', ''],
])('%j is said as %j; what is not known stays', (text, said) => {
  expect(inWordsOf(words, text)).toBe(said);
});

/** What the daemon really says, asked of the daemon itself: a sentence that changes there must change here. */
const others = Object.entries(languages).filter(([name]) => name !== 'en');
const troubled = {
  supplyV: 4.5,
  temperatures: [{ name: 'CPU', celsius: 85 }],
  cpuLoad: 0.9,
  cpuClockMhz: { current: 500, maximum: 1479 },
  cpuCores: { online: 2, present: 4 },
  memoryUsedMb: 3900,
  memoryTotalMb: 3956,
  diskFreeMb: 100,
  diskTotalMb: 59_000,
};
const reasonsOfMotorControl: Readonly<Record<NeutralReason, true>> = {
  'shutting down': true,
  'emergency stop': true,
  'motor board not ready': true,
  'not armed': true,
  'command too old': true,
  'no command yet': true,
};

test.each(others)('%s says every hint of the computer and every way in which pictures fail', (_name, { carWords }) => {
  const hints = boardHints(troubled);
  expect(new Set(hints.map(({ code }) => code))).toEqual(new Set(boardHintCodes));
  const limits = { startMs: 5000, stallMs: 300, restartMs: 2000, repeatRestartMs: 2000 };
  const stalls = ([undefined, 'same-picture', 'same-time', 'black', 'corrupt'] as const).map((notNew) => {
    const liveness: Liveness = { startedAtMs: 0, lastNewAtMs: 0, notNew };
    const verdict = judgeLiveness(liveness, 1000, limits);
    return verdict.state === 'stalled' ? verdict.text : '';
  });
  for (const text of [...hints.flatMap((hint) => [hint.text, hint.cure]), ...stalls]) {
    expect(text).not.toBe('');
    expect(inWordsOf(carWords, text), text).not.toBe(text);
  }
});

const driving: ModeState = {
  ...initialModeState,
  mode: 'auto',
  armedBy: 'remote',
  heldAtMs: [],
  holds: { takeoverUntilMs: undefined, driverLate: false, detectionsLate: false },
  caps: { detectionsDelayed: false, hot: false },
};

test.each(others)('%s says what is wrong with the picture, and how rare pictures are', (_name, { carWords }) => {
  const doubts = Object.values(viewDoubts).map((doubt) => (typeof doubt === 'string' ? doubt : doubt(0.15, 0.1)));
  for (const doubt of doubts) expect(inWordsOf(carWords, doubt), doubt).not.toBe(doubt);
  const { effects } = reduceMode(driving, { kind: 'frames-rare', gapMs: 79, skippedShare: 0.41 }, 0);
  const [detail = ''] = effects.flatMap((effect) => (effect.kind === 'announce' ? (effect.detail ?? []) : []));
  const parts = detail.split(': ');
  const said = inWordsOf(carWords, detail).split(': ');
  expect(parts).toHaveLength(2);
  for (const [at, part] of parts.entries()) expect(said[at], part).not.toBe(part);
});

test.each(others)('%s says why the wheels stand and why the pilot is slow', (_name, { carWords }) => {
  const states: ModeState[] = [
    { mode: 'disarmed' },
    { mode: 'estop' },
    { ...driving, holds: { ...driving.holds, takeoverUntilMs: 1 } },
    { ...driving, holds: { ...driving.holds, driverLate: true } },
    { ...driving, holds: { ...driving.holds, detectionsLate: true } },
    { ...driving, caps: { ...driving.caps, hot: true } },
    { ...driving, caps: { ...driving.caps, detectionsDelayed: true } },
  ];
  const reasons = [
    ...states.map((state) => neutralReason(state) ?? slowReason(state)),
    ...Object.keys(reasonsOfMotorControl),
  ];
  for (const reason of reasons) {
    expect(reason).toBeDefined();
    expect(inWordsOf(carWords, reason ?? ''), reason).not.toBe(reason);
  }
});

/** Whatever can stand in the way of arming, as the daemon finds it. */
function everyObstacle(): string[] {
  const checks: ArmingChecks = {
    actuationAlive: false,
    actuationFault: undefined,
    actuationStatus: undefined,
    camera: { state: 'stalled', text: undefined, cure: undefined },
    detector: { state: 'loading', text: undefined, labels: ['person'] },
    perceptionAlive: false,
    detectionAgeMs: undefined,
    detectionNeutralAfterMs: 250,
    rareGapMs: 200,
    viewDoubt: undefined,
    trackInSight: false,
    stick: { steering: 1, throttle: 0 },
    shuttingDown: true,
    readings: [],
  };
  const of = (changed: Partial<ArmingChecks>) => armingObstacles('auto', { ...checks, ...changed });
  const status: ActuationStatus = {
    ...{ kind: 'status', atMs: 0, armed: false, stopLatched: false, boardReady: true },
    ...{ steering: 0, throttle: 0, steeringPulseUs: 1500, throttlePulseUs: 1500 },
    counters: { accepted: 0, expired: 0, stale: 0, invalid: 0, busErrors: 0 },
  };
  const withStatus = (told: Partial<ActuationStatus>) =>
    of({ actuationAlive: true, actuationStatus: { ...status, ...told } });
  const readings = new ReadingsWatch();
  readings.accept({
    board: { temperatureLevel: 'critical', hints: boardHints(troubled) },
    battery: { volts: 6, level: 'critical' },
  });
  const stopped: ModeState[] = [{ mode: 'estop' }, { mode: 'stopping', sinceMs: 0, reason: 'a test' }];
  const notArmed = reduceMode(initialModeState, { kind: 'mode-requested', mode: 'auto', obstacles: [] }, 0);
  return [
    of({}),
    of({ actuationAlive: true, actuationFault: { text: 'ENXIO' } }),
    of({ actuationAlive: true }),
    withStatus({ boardReady: false }),
    withStatus({ stopLatched: true }),
    withStatus({ stopButton: 'pressed' }),
    withStatus({ stopButton: 'unreadable' }),
    of({ detector: { state: 'refused', text: undefined, labels: undefined } }),
    of({ detectionAgeMs: 900 }),
    of({ detectionAgeMs: 10, viewDoubt: 'it cannot be' }),
    of({ detectionAgeMs: 10, detector: { state: 'ready', text: undefined, labels: carLabels } }),
    readings.obstacles({ begins: true }),
    stopped.flatMap(modeObstacles),
    notArmed.effects.flatMap((effect) => (effect.kind === 'refuse' ? effect.obstacles : [])),
  ].flatMap((obstacles) => obstacles.map(({ code }) => code));
}

test.each(others)('%s says everything that may stand in the way of arming', (_name, { obstacles }) => {
  const said = Object.keys(obstacles);
  expect(said.toSorted()).toEqual([...new Set(everyObstacle())].toSorted());
});

test('what exactly happened is told in the language of the page', () => {
  const said = alertOfEvent({ code: 'detections-lost', atMs: 0, detail: '320 ms old' }, languages.vi);
  expect(said.text).toBe('Đã dừng, nhận dạng trễ: cũ 320 ms');
});

/** Words that a sentence half in English still has; programs, options and what the system said stay as they are. */
const english = /\b(is|the|camera program|busy|check|was|cannot|would be|without|there|with|ended|yourself|change)\b/i;

function camerasSay(): string[] {
  const camera: Parameters<typeof explainEnd>[0] = {
    ...{ name: 'USB camera', command: ['ffmpeg'], framing: 'raw', widthPx: 4, heightPx: 2 },
  };
  const life: CameraProgramLife = {
    end: { kind: 'ended', code: 1, signal: null },
    ...{ verdict: undefined, lastLines: [], partialBytes: 0, gavePicture: true },
  };
  const ends: Partial<CameraProgramLife>[] = [
    {},
    { gavePicture: false },
    { gavePicture: false, end: { kind: 'ended', code: null, signal: 'SIGSEGV' } },
    { partialBytes: 7 },
    { verdict: 'no picture for 900 ms', lastLines: ['xx'] },
    { lastLines: ['xx', 'yy'] },
    { end: { kind: 'not-started', code: 'ENOENT' } },
    { end: { kind: 'not-started', code: 'EACCES' } },
  ];
  const described = [
    ...([{ kind: 'test' }, { kind: 'csi', sensorId: 0 }, { kind: 'usb', device: '/dev/video0' }] as const).map(wordsOf),
    wordsOf({ kind: 'rtsp', url: 'rtsp://10.0.0.9/x' }),
    wordsOf({ kind: 'file', path: '/v.mp4' }),
    simulatedCameraPlan([], 20),
  ];
  return [
    ...described.flatMap(({ stallCure }) => stallCure ?? []),
    ...described.map(({ name }) => explainEnd({ ...camera, name: name ?? '' }, life)),
    explainEnd({ ...camera, name: undefined }, life),
    ...ends.map((end) => explainEnd(camera, { ...life, ...end })),
    ...cameraTroubles.map(({ means, right }) => `/dev/video9 ${means}. ${right}. Change camera.source or --camera`),
  ];
}

async function busesSay(): Promise<string[]> {
  const failing = (code: string) => Promise.reject(Object.assign(new Error(`${code}: zz`), { code }));
  const said = async (opening: Promise<unknown>) => String(await opening.catch((error) => error.message));
  const handle = {
    writeI2cBlock: () => failing('EREMOTEIO'),
    readI2cBlock: () => failing('EIO'),
    close: async () => {},
  };
  const loadPackage = async () => ({ openPromisified: async () => handle });
  const bus = await openLinuxBus(1, { loadPackage, checkDevice: async () => {} });
  return [
    ...(await Promise.all(
      ['ENOENT', 'EACCES', 'EIO'].map((code) =>
        said(openLinuxBus(1, { loadPackage, checkDevice: () => failing(code) })),
      ),
    )),
    await said(openLinuxBus(1, { loadPackage: () => failing('EX'), checkDevice: async () => {} })),
    await said(bus.writeRegisters(0x40, 0, Uint8Array.of(0))),
  ];
}

test.each(others)('%s says what is wrong with cameras and buses', async (_name, { carWords }) => {
  const told = [...camerasSay(), ...(await busesSay())];
  expect(new Set(told).size).toBe(told.length);
  for (const text of told) expect(inWordsOf(carWords, text)).not.toMatch(english);
});

test.each([
  [
    'EREMOTEIO: remote I/O error, write',
    'thiết bị không trả lời, kiểm tra nguồn và dây (EREMOTEIO: remote I/O error, write)',
  ],
  ['EACCES', 'không có quyền (EACCES)'],
])('Vietnamese says %j with the system’s words behind it', (text, said) => {
  expect(inWordsOf(languages.vi.carWords, text)).toBe(said);
});
