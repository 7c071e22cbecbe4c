import { type Finding, ill, weak, well } from './finding.ts';
import { judgeBoard } from './judge-board.ts';
import type {
  BusReading,
  CameraReading,
  HeldDevice,
  NetworkFile,
  NetworkReading,
  OutputEnableReading,
  Readings,
  ServiceReading,
} from './readings.ts';

/** A camera that brings less than this share of its pictures makes the car blind for a moment. */
const rateShare = 0.8;
/** Twice the stall limit of the camera watch would already have stopped the car. */
const longestGapMs = 300;
/** Detections older than 250 ms do not drive; the camera takes its part of that. */
const slowFrameMs = 150;
const leastFreeMb = 500;
const leastWriteMbPerS = 5;
const weakSignalDbm = -70;
/** Every PCA9685 answers to it besides its own address: no device of its own. */
const allCall = 0x70;
/** A clock without a battery starts in the past. */
const firstSaneYear = 2024;

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

function needsCar(check: string): Finding {
  return { check, verdict: 'needs-car', text: 'simulated here; run the doctor on the car' };
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

export function judgeBus(bus: BusReading): Finding {
  switch (bus.kind) {
    case 'simulated':
      return needsCar('bus');
    case 'refused':
      return ill('bus', bus.text.split(': ')[0] ?? bus.text, bus.text.split(': ').slice(1).join(': ') || bus.text);
    case 'scanned':
      return judgeScan(bus);
  }
}

function judgeScan({ number, found, held, wanted }: Extract<BusReading, { kind: 'scanned' }>): Finding {
  const answering = found.length === 0 ? 'nothing' : found.map(hex).join(', ');
  const busy = held.map((device) => `; ${hex(device.address)} is busy: ${holderOf(device)}`).join('');
  const text = `bus ${number}: ${answering} answers${busy}`;
  const others = found.filter((address) => address !== allCall && !wanted.includes(address));
  const unnamed = others.map(hex).join(', ');
  const [taken] = held.filter(({ address }) => wanted.includes(address));
  if (taken !== undefined) return ill('bus', text, releaseOf(number, taken));
  const missing = wanted.filter((address) => !found.includes(address));
  if (missing.length === 0) {
    return well('bus', unnamed === '' ? text : `${text}; ${unnamed} is not in the configuration, and not used`);
  }
  return ill(
    'bus',
    `${text}; ${missing.map(hex).join(', ')} does not answer`,
    unnamed === ''
      ? 'Check the four wires of the board (3.3 V to VCC, SDA to pin 3, SCL to pin 5, ground), or set the address in actuators'
      : `If it is ${unnamed} that is the board, set its address in actuators, or choose the car with --vehicle; else check its four wires`,
  );
}

function holderOf({ driver }: HeldDevice): string {
  return driver === undefined ? 'a kernel driver holds it' : `a kernel driver holds it: ${driver}`;
}

/** The car speaks to its boards itself, and i2c-dev lets nobody speak to a device that a driver has. */
function releaseOf(busNumber: number, { address, driver }: HeldDevice): string {
  const device = `${busNumber}-${address.toString(16).padStart(4, '0')}`;
  const command = `echo ${device} | sudo tee /sys/bus/i2c/devices/${device}/driver/unbind`;
  const forGood =
    driver === undefined ? 'take it out of the device tree' : `take it out of the device tree, or blacklist ${driver}`;
  return `${command}; for good: ${forGood}`;
}

function hex(address: number): string {
  return `0x${address.toString(16).padStart(2, '0')}`;
}

const wireOutputEnable =
  'Wire OE to a pin with a pull-up of 10 kΩ to 3.3 V, and name it in actuators.outputEnable (docs/build-the-car.md)';

export function judgeOutputEnable(outputEnable: OutputEnableReading): Finding {
  switch (outputEnable.kind) {
    case 'simulated':
      return needsCar('OE pin');
    case 'none':
      return weak(
        'OE pin',
        'nothing but the bus stops the motor board: while the kernel hangs it pulses on',
        wireOutputEnable,
      );
    case 'held':
      return well('OE pin', 'the running car holds it; its pull-up can be looked at while no car runs');
    case 'not-stopped':
      return weak(
        'OE pin',
        `not looked at, for without a pull-up that would let the motor board pulse on: ${outputEnable.text}`,
        'Put right what it names (see also "bus" and "pins"), then ask again',
      );
    case 'refused':
      return ill(
        'OE pin',
        outputEnable.text,
        'Without it motor control does not start: actuators.outputEnable, group gpio',
      );
    case 'read': {
      const { pin, level } = outputEnable;
      if (level === 'high')
        return well('OE pin', `${pin}: pulled up, so the motor board is off until the car switches it on`);
      return ill(
        'OE pin',
        `${pin} is low while nobody drives it: the motor board is on while the computer boots or hangs`,
        'Fit 10 kΩ from OE to 3.3 V; a board that pulls OE to ground itself needs 1 kΩ, or that resistor removed',
      );
    }
  }
}

export function judgePins({ pins, isSimulated }: Readings): Finding {
  if (pins.isWritable) return well('pins', '/sys/class/gpio may be used');
  if (isSimulated) return needsCar('pins');
  if (!pins.isThere) return { check: 'pins', verdict: 'needs-car', text: 'this computer has none at /sys/class/gpio' };
  return weak(
    'pins',
    '/sys/class/gpio may not be used',
    'sudo usermod -aG gpio $USER, then log in again; install.sh sets the rule',
  );
}

export function judgeNetwork(network: NetworkReading): Finding[] {
  if (network.kind === 'refused') {
    return [ill('network', network.text, 'Name another with detector.modelFile, or see "jetson-car models list"')];
  }
  const card = judgeCard(network);
  if (network.kind === 'in-use') return [card, judgeProvider(network)];
  const { provider, wanted, frameMs, cpuFrameMs, fallbacks } = network;
  const besides = cpuFrameMs === undefined ? '' : `; ${cpuFrameMs.toFixed(1)} ms on the processor`;
  const speed = `${provider}, proven: ${frameMs.toFixed(1)} ms a frame${besides}`;
  if (fallbacks.length > 0) {
    return [card, ill('runtime', `${speed}. ${fallbacks.join('; ')}`, 'See docs/on-the-jetson.md, "The GPU"')];
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
      'the running car’s detector is not ready',
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

export function judgeDisk({ folder, freeMb, writeMbPerS }: Readings['disk']): Finding {
  const speed = writeMbPerS === undefined ? 'not writable' : `writes ${writeMbPerS.toFixed(0)} MB/s`;
  const text = `${folder}: ${freeMb.toFixed(0)} MB free, ${speed}`;
  if (freeMb < leastFreeMb) return ill('disk', text, 'Delete old recordings, or take a larger card');
  if (writeMbPerS === undefined)
    return weak('disk', text, `sudo chown -R jetson-car ${folder}, or run the doctor as its user`);
  if (writeMbPerS < leastWriteMbPerS)
    return weak('disk', text, 'Recordings will lack pictures: take a card of class A1 or better');
  return well('disk', text);
}

export function judgeWifi(wifi: Readings['wifi']): Finding {
  if (wifi === undefined) {
    return weak('WiFi', 'there is no wireless interface', 'Plug in a WiFi card; phones reach the car by cable only');
  }
  const signal = wifi.signalDbm === undefined ? '' : `, ${wifi.signalDbm} dBm`;
  const text = `${wifi.interface} is ${wifi.isUp ? 'up' : 'down'}${signal}`;
  if (!wifi.isUp) return weak('WiFi', text, 'Join a network: nmcli device wifi connect NAME password PASSWORD');
  if (wifi.signalDbm !== undefined && wifi.signalDbm < weakSignalDbm) {
    return weak('WiFi', text, 'Drive nearer to the access point, fit both antennas, or open a hotspot on the phone');
  }
  if (wifi.savesPower === true) {
    return weak('WiFi', `${text}, saves power: gaps stop the car`, `sudo iw dev ${wifi.interface} set power_save off`);
  }
  return well('WiFi', text);
}

export function judgeClock({ year, isSynchronised }: Readings['clock']): Finding {
  if (year < firstSaneYear) {
    return weak(
      'clock',
      `it is ${year}`,
      'Recordings will have wrong names: connect to the internet once, or sudo date -s "..."',
    );
  }
  const how =
    isSynchronised === undefined
      ? ''
      : isSynchronised
        ? ', synchronised'
        : ', not synchronised (driving needs no clock)';
  return well('clock', `${year}${how}`);
}

export function judgeService(service: ServiceReading): Finding {
  if (service.kind === 'absent')
    return { check: 'service', verdict: 'needs-car', text: 'not installed as a service here' };
  const { isEnabled, active, restarts, hasWatchdog, neutraliser } = service;
  const text = `${active}, ${isEnabled ? 'starts at boot' : 'does not start at boot'}, ${restarts} restarts`;
  if (active === 'failed')
    return ill(
      'service',
      text,
      'journalctl -u jetson-car says why; then: sudo systemctl reset-failed jetson-car && sudo systemctl start jetson-car',
    );
  if (!hasWatchdog) return ill('service', `${text}, no watchdog`, 'The unit was changed: run install.sh again');
  if (neutraliser.result !== 'success') {
    return ill(
      'service',
      `${text}, the wheels could not be made neutral (${neutraliser.result})`,
      'journalctl -u jetson-car-neutral says why',
    );
  }
  if (!isEnabled || !neutraliser.isEnabled)
    return weak('service', text, 'sudo systemctl enable jetson-car jetson-car-neutral');
  if (restarts > 0) return weak('service', text, 'journalctl -u jetson-car -p warning says why');
  return well('service', `${text}, watched`);
}

/** Of no concern where the car is not a service: somebody sits beside it. */
export function judgeBoardWatchdog(service: ServiceReading): Finding[] {
  if (service.kind === 'absent') return [];
  if (service.hasBoardWatchdog) return [well('watchdog', 'the hardware restarts the board when its kernel hangs')];
  return [
    weak(
      'watchdog',
      'a kernel that hangs stays so, and the motor board pulses on',
      'RuntimeWatchdogSec=10 in /etc/systemd/system.conf, then restart the board; OE stops the wheels in the meantime',
    ),
  ];
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
