import { type Finding, ill, weak, well } from './finding.ts';
import type { Readings, ServiceReading } from './readings.ts';

const leastFreeMb = 500;
const leastWriteMbPerS = 5;
const weakSignalDbm = -70;
/** A clock without a battery starts in the past. */
const firstSaneYear = 2024;

export function judgeDisk({ folder, measuredIn, freeMb, writeMbPerS }: Readings['disk']): Finding {
  const speed = writeMbPerS === undefined ? 'not writable' : `writes ${writeMbPerS.toFixed(0)} MB/s`;
  const where = measuredIn === undefined ? folder : `${folder} (not there for this user; measured in ${measuredIn})`;
  const text = `${where}: ${freeMb.toFixed(0)} MB free, ${speed}`;
  if (freeMb < leastFreeMb)
    return ill('disk', text, 'Make room: sudo apt clean; sudo journalctl --vacuum-size=100M; or take a larger card');
  if (writeMbPerS === undefined) return weak('disk', text, unwritableCure(folder, measuredIn));
  if (writeMbPerS < leastWriteMbPerS)
    return weak('disk', text, 'It starts and is upgraded slowly: take a card of class A1 or better');
  return well('disk', text);
}

/** Of the car's folder alone: one that leads to it, in the worst case the root of the system, is nobody's to give away. */
function unwritableCure(folder: string, measuredIn: string | undefined): string {
  const another = 'or name a folder that it may write in: JETSON_CAR_STATE=/a/folder';
  return measuredIn === undefined
    ? `Run the doctor as the user that owns ${folder}, ${another}`
    : `Make ${folder} for the user that the car runs as, ${another}`;
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
      'The log and the black boxes will have wrong times: connect to the internet once, or sudo date -s "..."',
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
