import { type Finding, ill, needsCar, weak, well } from './finding.ts';
import type { BusReading, HeldDevice, OutputEnableReading, Readings } from './readings.ts';

type Scan = Extract<BusReading, { kind: 'scanned' }>;

/** Every PCA9685 answers to it besides its own address: no device of its own. */
const allCall = 0x70;

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

function judgeScan(scan: Scan): Finding {
  const { number, found, held, wanted, motors } = scan;
  // What moves the wheels first: without the rest the car drives.
  const others = wanted.filter((address) => !motors.includes(address));
  const troubles = [...troublesOf(scan, motors), ...troublesOf(scan, others)];
  const unneeded = held.filter(({ address }) => !wanted.includes(address)).map(busy);
  const answering = found.length === 0 ? 'nothing' : hexes(found);
  const text = [`bus ${number}: ${answering} answers`, ...troubles.map((trouble) => trouble.text), ...unneeded].join(
    '; ',
  );
  const [first, ...more] = troubles;
  if (first !== undefined) {
    const cure = more.length === 0 ? first.cure : troubles.map((each) => `${each.devices}: ${each.cure}`).join('. ');
    return ill('bus', text, cure);
  }
  const unnamed = unnamedOf(scan);
  return well('bus', unnamed === '' ? text : `${text}; ${unnamed} is not in the configuration, and not used`);
}

/** What keeps the boards from moving the wheels, in one sentence and its cure; undefined where all of them answer. */
export function motorTrouble(scan: Scan): { readonly text: string; readonly cure: string } | undefined {
  const troubles = troublesOf(scan, scan.motors);
  if (troubles.length === 0) return undefined;
  return {
    text: `bus ${scan.number}: ${troubles.map(({ text }) => text).join('; ')}`,
    cure: troubles.map(({ cure }) => cure).join('. '),
  };
}

interface DeviceTrouble {
  readonly devices: string;
  readonly text: string;
  readonly cure: string;
}

/** Of these devices: those that are silent together, each that is held by itself. */
function troublesOf(scan: Scan, addresses: readonly number[]): DeviceTrouble[] {
  const taken = scan.held.filter(({ address }) => addresses.includes(address));
  const silent = addresses.filter(
    (address) => !scan.found.includes(address) && !taken.some((device) => device.address === address),
  );
  const troubles = taken.map((device) => ({
    devices: hexes([device.address]),
    text: busy(device),
    cure: releaseOf(scan.number, device),
  }));
  if (silent.length === 0) return troubles;
  const devices = hexes(silent);
  return [{ devices, text: `${devices} does not answer`, cure: cureOfSilence(unnamedOf(scan)) }, ...troubles];
}

function cureOfSilence(unnamed: string): string {
  return unnamed === ''
    ? 'Check the four wires of the board (3.3 V to VCC, SDA to pin 3, SCL to pin 5, ground), or set the address in actuators'
    : `If it is ${unnamed} that is the board, set its address in actuators, or choose the car with --vehicle; else check its four wires`;
}

/** Who answers and is not in the configuration. */
function unnamedOf({ found, wanted }: Scan): string {
  return hexes(found.filter((address) => address !== allCall && !wanted.includes(address)));
}

function busy({ address, driver }: HeldDevice): string {
  const holder = driver === undefined ? 'a kernel driver holds it' : `a kernel driver holds it: ${driver}`;
  return `${hexes([address])} is busy: ${holder}`;
}

/**
 * The car speaks to its boards itself, and i2c-dev lets nobody speak to a device that a driver has. A driver that was not
 * found in /sys cannot be told there to let go.
 */
function releaseOf(busNumber: number, { address, driver }: HeldDevice): string {
  const device = `${busNumber}-${address.toString(16).padStart(4, '0')}`;
  if (driver === undefined) {
    return `Ask again, for it may be free by now; still busy: take it out of the device tree ("dmesg | grep ${device}" may name its driver), and restart the computer`;
  }
  const command = `echo ${device} | sudo tee /sys/bus/i2c/devices/${device}/driver/unbind`;
  return `${command}; for good: take it out of the device tree, or blacklist ${driver}`;
}

function hexes(addresses: readonly number[]): string {
  return addresses.map((address) => `0x${address.toString(16).padStart(2, '0')}`).join(', ');
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
