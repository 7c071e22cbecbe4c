import { rates } from '../protocol/rates.ts';
import { type Finding, ill, needsCar, weak, well } from './finding.ts';
import { judgeBoard } from './judge-board.ts';
import { judgeBoardWatchdog, judgeClock, judgeDisk, judgeService, judgeWifi } from './judge-machine.ts';
import { judgeBus, judgeOutputEnable, judgePins } from './judge-wiring.ts';
import type { CameraReading, NetworkFile, NetworkReading, Readings } from './readings.ts';

/** A camera that brings less than this share of its pictures makes the car blind for a moment. */
const rateShare = 0.8;
/** The running car takes a longer one for a stalled camera. */
const longestGapMs = rates.cameraStallMs;
/** Detections older than 250 ms do not drive; the camera takes its part of that. */
const slowFrameMs = 150;

export function judge(readings: Readings): Finding[] {
  const { versions } = readings;
  const board = versions.board === undefined ? '' : `, ${versions.board}`;
  return [
    well('versions', `car ${versions.car}, Node ${versions.node}, kernel ${versions.kernel}${board}`),
    well('vehicle', `${readings.vehicle}${readings.isSimulated ? ' (simulated)' : ''}`),
    ...judgeConfig(readings.configFallback),
    judgeCamera(readings.camera),
    judgeBus(readings.bus),
    judgeOutputEnable(readings.outputEnable),
    judgePins(readings),
    ...judgeNetwork(readings.network),
    ...judgeBoard(readings.board),
    judgeDisk(readings.disk),
    judgeWifi(readings.wifi),
    judgeClock(readings.clock),
    judgeService(readings.service),
    ...judgeBoardWatchdog(readings.service),
  ];
}

/** The car starts with the copy, but nobody may take what was found for what the file says. */
function judgeConfig(fallback: string | undefined): Finding[] {
  if (fallback === undefined) return [];
  const text = fallback.replaceAll(/\s*\n\s*/g, ' ');
  const cure =
    'Mend it and restart the car: until then its last good copy counts, and the car does not drive off by itself';
  return [ill('configuration', text, cure)];
}

export function judgeCamera(camera: CameraReading): Finding {
  switch (camera.kind) {
    case 'simulated':
      return needsCar('camera');
    case 'in-use': {
      const text = `the running car reads it, ${camera.detectionsPerS.toFixed(1)} pictures/s through the detector`;
      if (camera.detectionsPerS > 0) return well('camera', text);
      return ill('camera', text, 'See "journalctl -u jetson-car -p warning", or stop the service and ask again');
    }
    case 'unfit': {
      // The words for people end in what to change.
      const [what = '', ...cure] = camera.text.split('. ');
      return ill('camera', what, cure.join('. ').replaceAll('\n', ' ') || 'Change camera.source: docs/cameras.md');
    }
    case 'refused':
      return ill('camera', `no picture: ${camera.text}`, cureOfSilence(camera));
    case 'streams': {
      const { askedPerS, reachedPerS, longestGapMs: gapMs, modes } = camera;
      const offers = modes === undefined ? '' : `; it offers ${modes}`;
      const text = `${reachedPerS.toFixed(1)} of ${askedPerS} frames/s, longest gap ${gapMs.toFixed(0)} ms${offers}`;
      if (gapMs > longestGapMs) {
        return ill('camera', text, 'It stalls: another USB port or cable, a smaller picture, or a supply of 5 V 4 A');
      }
      if (reachedPerS < askedPerS * rateShare) {
        return weak(
          'camera',
          text,
          'Give it light (cameras slow down in the dark), or ask for fewer frames or a smaller picture',
        );
      }
      return well('camera', text);
    }
  }
}

function cureOfSilence({ text, devices }: Extract<CameraReading, { kind: 'refused' }>): string {
  const [device] = devices;
  if (device === undefined) return 'No /dev/video* is there: plug the camera in, into a port of the board itself';
  if (/\bbusy\b/i.test(text)) return `Another program reads it: end that one ("sudo fuser -v ${device}" names it)`;
  if (/permission denied/i.test(text)) return 'sudo usermod -aG video $USER, then log in again';
  return `See what ${device} offers with "v4l2-ctl -d ${device} --list-formats-ext"; another cable or port if it says nothing`;
}

export function judgeNetwork(network: NetworkReading): Finding[] {
  if (network.kind === 'refused') {
    return [ill('network', network.text, 'Name another with detector.modelFile, or see "jetson-car models list"')];
  }
  if (network.kind === 'runtime-refused') {
    return [ill('runtime', network.text, 'See docs/configuration.md, "Who runs the detector\'s network"')];
  }
  const card = judgeCard(network);
  if (network.kind === 'in-use') return [card, judgeProvider(network)];
  const { provider, wanted, frameMs, cpuFrameMs, fallbacks } = network;
  const besides = cpuFrameMs === undefined ? '' : `; ${cpuFrameMs.toFixed(1)} ms on the processor`;
  const speed = `${provider}, proven: ${frameMs.toFixed(1)} ms a frame${besides}`;
  if (fallbacks.length > 0) {
    const text = `${speed}. ${fallbacks.map((fallback) => fallback.text).join('; ')}`;
    const cures = [...new Set(fallbacks.map(({ cure }) => cure))].join('. ');
    // The same device by another way is little slower.
    const isFit = provider === wanted[0] && frameMs <= slowFrameMs;
    return [card, isFit ? weak('runtime', text, cures) : ill('runtime', text, cures)];
  }
  if (cpuFrameMs !== undefined && frameMs > cpuFrameMs) {
    return [card, weak('runtime', `${speed}: it is slower there`, `Leave ${provider} out of detector.devices`)];
  }
  if (frameMs > slowFrameMs) {
    const cure = wanted.every((device) => device === 'cpu')
      ? 'Run it on the GPU: docs/on-the-jetson.md'
      : 'Take a smaller network: "jetson-car models list"';
    return [card, ill('runtime', `${speed}: too slow to drive by`, cure)];
  }
  return [card, well('runtime', speed)];
}

/** Of the running car, by its own word, which is a proven one. */
function judgeProvider({ provider, wanted }: Extract<NetworkReading, { kind: 'in-use' }>): Finding {
  if (provider === undefined) {
    return weak(
      'runtime',
      'the detector of the running car is not ready',
      'Wait (TensorRT builds its engine for minutes), and ask again; "journalctl -u jetson-car" says more',
    );
  }
  const text = `${provider} in the running car`;
  if (provider !== wanted[0]) return ill('runtime', text, 'See docs/on-the-jetson.md, "The GPU"');
  return well('runtime', `${text}; with the service stopped it is timed beside the processor`);
}

function judgeCard({ name, hasCard, sha256, cardSha256 }: NetworkFile): Finding {
  const text = `${name}, SHA-256 ${sha256.slice(0, 12)}…`;
  if (!hasCard) return weak('network', `${text}, without a card`, 'Write its card beside it: docs/networks.md');
  if (cardSha256 === undefined || cardSha256 === sha256) {
    return well('network', cardSha256 === undefined ? text : `${text} as its card says`);
  }
  return ill(
    'network',
    `${text}, and its card is of ${cardSha256.slice(0, 12)}…: one of the two is not what it was`,
    'Fetch or copy network and card again, together; for a network of your own correct sha256 in its card',
  );
}

/** For people: a line a finding, its cure below it. */
export function describeFindings(findings: readonly Finding[]): string {
  const marks = { well: 'ok', weak: 'weak', ill: 'ILL', 'needs-car': 'car' } as const;
  const widest = Math.max(...findings.map(({ check }) => check.length));
  return findings
    .map((finding) => {
      const line = `${marks[finding.verdict].padEnd(5)} ${finding.check.padEnd(widest)}  ${finding.text}\n`;
      return 'cure' in finding ? `${line}${' '.repeat(widest + 8)}→ ${finding.cure}\n` : line;
    })
    .join('');
}
