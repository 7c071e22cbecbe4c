import { createRandom, type Random } from '../../daemon/planning/testing/random.ts';
import { CampaignCar, UndrivableError } from './campaign-car.ts';

/** So many faults are done to one car before the next one takes its place. */
const injectionsPerCar = 40;
/** After this long under a fault that must stop the car, no pulse drives any more. */
const stoppedAfterMs = 450;
const watchMs = 1200;

interface Injection {
  readonly name: string;
  /** Where the car must be neutral while it lasts, and within what (the campaign's bound). */
  readonly stops?: { readonly modes: readonly ('manual' | 'auto')[]; readonly withinMs: number };
  /** It changes what is seen. */
  readonly ofPicture?: true;
  begin(car: CampaignCar, random: Random): void;
}

const inManual = (withinMs: number) => ({ modes: ['manual'], withinMs }) as const;
const inAuto = (withinMs: number) => ({ modes: ['auto'], withinMs }) as const;
const always = (withinMs: number) => ({ modes: ['manual', 'auto'], withinMs }) as const;

const injections: readonly Injection[] = [
  { name: 'phone silent', stops: inManual(300), begin: (car) => set(car, { phone: 'silent' }) },
  { name: 'link stalls', stops: inManual(300), begin: (car) => set(car, { phone: 'stalls' }) },
  { name: 'nobody touches the page', stops: inManual(300), begin: (car) => set(car, { inputFrozen: true }) },
  {
    name: 'lossy link',
    begin: (car, random) => set(car, { phoneLoss: random.uniform(), phoneJitterMs: 200 * random.uniform() }),
  },
  { name: 'camera dead', stops: inAuto(300), begin: (car) => set(car, { camera: 'dead' }) },
  { name: 'frames missing', begin: (car, random) => set(car, { frameLoss: random.uniform() }) },
  {
    name: 'camera slow',
    begin: (car, random) => set(car, { framePeriodMs: 50 * (1 + Math.floor(6 * random.uniform())) }),
  },
  {
    name: 'detector skips frames',
    begin: (car, random) => set(car, { skips: { skipped: Math.floor(4 * random.uniform()), taken: 1 } }),
  },
  { name: 'frames late', begin: (car, random) => set(car, { extraLatencyMs: 400 * random.uniform() }) },
  { name: 'nothing seen', ofPicture: true, stops: inAuto(1000), begin: (car) => set(car, { view: 'nothing' }) },
  { name: 'rubbish seen', ofPicture: true, stops: inAuto(1000), begin: (car) => set(car, { view: 'rubbish' }) },
  { name: 'picture mirrored', ofPicture: true, stops: inAuto(2000), begin: (car) => set(car, { view: 'mirrored' }) },
  {
    name: 'picture upside down',
    ofPicture: true,
    stops: inAuto(2000),
    begin: (car) => set(car, { view: 'upside down' }),
  },
  {
    name: 'camera turned aside',
    ofPicture: true,
    begin: (car, random) =>
      set(car, { view: `of a camera turned 22 degrees to the ${random.uniform() < 0.5 ? 'left' : 'right'}` }),
  },
  { name: 'picture frozen', begin: (car) => set(car, { view: 'frozen' }) },
  { name: 'daemon blocked', stops: always(250), begin: (car) => set(car, { planning: 'blocked' }) },
  { name: 'pipe lost', stops: always(250), begin: (car) => set(car, { pipe: 'lost' }) },
  // While nothing reaches the board, nothing can stop it: only what comes afterwards is judged.
  { name: 'bus refuses', begin: (car) => set(car, { bus: 'refuses' }) },
  { name: 'bus silent', begin: (car) => set(car, { bus: 'silent' }) },
  { name: 'transfers refused', begin: (car, random) => set(car, { refusals: Math.ceil(8 * random.uniform()) }) },
  { name: 'board loses power', stops: always(1000), begin: (car) => car.world.writeBus(0x00, 0x06, []) },
  {
    // The next command may write over it before anybody looks.
    name: 'register flips',
    begin: (car, random) => car.writeRegister(0x08, [Math.floor(256 * random.uniform())]),
  },
  { name: 'stop', stops: always(100), begin: (car) => car.request({ kind: 'stop' }) },
  { name: 'disarm', stops: always(100), begin: (car) => car.request({ kind: 'disarm' }) },
  { name: 'another driver', stops: inManual(100), begin: (car) => car.request({ kind: 'driver-changed' }) },
  { name: 'driver gone', stops: inManual(100), begin: (car) => car.request({ kind: 'driver-gone' }) },
  {
    name: 'battery empty',
    stops: always(100),
    begin: (car) => car.loop.acceptReadings({ battery: { volts: 6, level: 'critical' } }),
  },
  {
    name: 'too hot',
    stops: always(100),
    begin: (car) => car.loop.acceptReadings({ board: { temperatureLevel: 'critical' } }),
  },
  {
    name: 'wild stick',
    begin: (car, random) => {
      car.stick = { steering: 4 * random.normal(), throttle: 4 * random.normal() };
    },
  },
];

function set(car: CampaignCar, faults: Partial<CampaignCar['faults']>): void {
  Object.assign(car.faults, faults);
}

export interface NeutralTimes {
  readonly times: number;
  readonly worstMs: number;
  readonly withinMs: number;
}

export interface CampaignResult {
  readonly injections: number;
  /** How often each was done, alone or together with another. */
  readonly done: ReadonlyMap<string, number>;
  readonly writes: number;
  readonly simulatedS: number;
  /** Of faults that came alone and must stop the car: how often, the longest time to neutral, and its bound. */
  readonly neutral: ReadonlyMap<string, NeutralTimes>;
  /** What was broken, each with the seed and the faults that led to it. */
  readonly violations: readonly string[];
  /** Cars that did not get under way again, and whose place another took. */
  readonly undrivable: readonly string[];
}

/**
 * Faults at random moments of random drives, one or two at a time, for a random while. I1 to I5 are judged at every write;
 * besides, a fault that must stop the car is looked at after its bound. The same seed gives the same campaign.
 */
export async function randomCampaign(options: {
  readonly count: number;
  readonly seed: number;
  readonly onProgress?: (done: number) => void;
}): Promise<CampaignResult> {
  const random = createRandom(options.seed);
  const done = new Map<string, number>();
  const neutral = new Map<string, NeutralTimes>();
  const violations: string[] = [];
  const undrivable: string[] = [];
  let writes = 0;
  let simulatedS = 0;
  for (let first = 0; first < options.count; first += injectionsPerCar) {
    const seed = Math.floor(1e6 * random.uniform());
    let car = new CampaignCar({ seed });
    const startedAtMs = car.nowMs;
    const left = Math.min(injectionsPerCar, options.count - first);
    for (let index = 0; index < left; index++) {
      const story = await inject(car, random).catch((error: unknown) => {
        if (error instanceof UndrivableError) return error;
        throw error;
      });
      if (story instanceof UndrivableError) {
        undrivable.push(`${story.message} (car ${seed})`);
        for (const text of car.invariants.violations) violations.push(`${text} (car ${seed}, on its way)`);
        writes += car.invariants.writes;
        car = new CampaignCar({ seed: seed + undrivable.length });
        index -= 1;
        continue;
      }
      for (const name of story.names) done.set(name, (done.get(name) ?? 0) + 1);
      if (story.stopped !== undefined) {
        const { name, ms, withinMs } = story.stopped;
        const before = neutral.get(name) ?? { times: 0, worstMs: 0 };
        neutral.set(name, { times: before.times + 1, worstMs: Math.max(before.worstMs, ms), withinMs });
      }
      const broken = [...car.invariants.violations.splice(0), ...story.broken];
      for (const text of broken) violations.push(`${text} (car ${seed}, ${story.mode}: ${story.names.join(' and ')})`);
    }
    writes += car.invariants.writes;
    simulatedS += (car.nowMs - startedAtMs) / 1000;
    options.onProgress?.(first + left);
  }
  return { injections: options.count, done, neutral, writes, simulatedS, violations, undrivable };
}

interface Injected {
  readonly mode: 'manual' | 'auto';
  readonly names: string[];
  readonly broken: string[];
  /** Of a fault that came alone and must stop the car. */
  readonly stopped: { readonly name: string; readonly ms: number; readonly withinMs: number } | undefined;
}

async function inject(car: CampaignCar, random: Random): Promise<Injected> {
  const mode = random.uniform() < 0.5 ? 'manual' : 'auto';
  const chosen = Array.from({ length: random.uniform() < 0.3 ? 2 : 1 }, () => pick(injections, random));
  const names = chosen.map(({ name }) => name);
  const broken: string[] = [];
  await car.drive(mode);
  await car.run(10 * Math.floor(10 * random.uniform()));
  const onsetMs = car.nowMs;
  for (const injection of chosen) injection.begin(car, random);
  // Of two faults of the picture the later one is what is seen, and rarer pictures take longer to condemn.
  const judged = chosen.filter(({ ofPicture }) => chosen.length === 1 || ofPicture !== true);
  const stopping = judged.flatMap(({ stops }) => (stops?.modes.includes(mode) ? stops.withinMs : []));
  const withinMs = Math.max(stoppedAfterMs, ...stopping);
  const forMs = Math.max(20 + 10 * Math.floor(100 * random.uniform()), ...stopping);
  const bus = car.faults.bus;
  await car.run(Math.min(forMs, withinMs));
  if (stopping.length > 0 && bus === 'answers' && forMs >= withinMs && car.isDriven) {
    broken.push(`the motor is still driven after ${withinMs} ms`);
  }
  let stopped: Injected['stopped'];
  if (chosen.length === 1 && stopping.length > 0) {
    const ms = Math.round(Math.max(0, car.drivenUntilMs - onsetMs));
    stopped = { name: names[0]!, ms, withinMs: stopping[0]! };
    if (ms > stopped.withinMs) broken.push(`neutral after ${ms} ms, not ${stopped.withinMs}`);
  }
  await car.run(Math.max(0, forMs - withinMs));
  Object.assign(car.faults, { ...car.faults, planning: 'runs', pipe: 'open', bus: 'answers', refusals: 0 });
  await car.run(watchMs);
  if (car.mode === 'disarmed' && car.isDriven) broken.push('a disarmed car is driven');
  return { mode, names, broken, stopped };
}

function pick<T>(from: readonly T[], random: Random): T {
  return from[Math.min(from.length - 1, Math.floor(from.length * random.uniform()))]!;
}
