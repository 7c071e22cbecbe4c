import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** For tests: the files of a Jetson Nano (L4T r32.7, kernel 4.9) that `readBoard` looks at, in 10 W mode at rest. */
export const jetsonNano: Readonly<Record<string, string>> = {
  'proc/stat': 'cpu  1000 0 500 8000 100 0 0 0 0 0\ncpu0 250 0 125 2000 25 0 0 0 0 0\nintr 12345\nctxt 678\n',
  'proc/meminfo':
    'MemTotal:        4059392 kB\nMemFree:          812344 kB\nMemAvailable:    2029696 kB\nBuffers:  88 kB\n',
  'proc/uptime': '4711.05 15000.00\n',
  'proc/net/wireless':
    'Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE\n' +
    ' face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22\n' +
    ' wlan0: 0000   56.  -54.  -256        0      0      0      0      0        0\n',
  'sys/devices/system/cpu/online': '0-3\n',
  'sys/devices/system/cpu/present': '0-3\n',
  'sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq': '1479000\n',
  'sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq': '1479000\n',
  'sys/devices/57000000.gpu/load': '253\n',
  'sys/devices/57000000.gpu/devfreq/57000000.gpu/cur_freq': '921600000\n',
  'sys/class/thermal/thermal_zone0/type': 'AO-therm\n',
  'sys/class/thermal/thermal_zone0/temp': '45000\n',
  'sys/class/thermal/thermal_zone1/type': 'CPU-therm\n',
  'sys/class/thermal/thermal_zone1/temp': '40500\n',
  'sys/class/thermal/thermal_zone2/type': 'GPU-therm\n',
  'sys/class/thermal/thermal_zone2/temp': '39000\n',
  'sys/class/thermal/thermal_zone3/type': 'PLL-therm\n',
  'sys/class/thermal/thermal_zone3/temp': '37500\n',
  'sys/class/thermal/thermal_zone4/type': 'PMIC-Die\n',
  'sys/class/thermal/thermal_zone4/temp': '100000\n',
  'sys/class/thermal/thermal_zone5/type': 'thermal-fan-est\n',
  'sys/class/thermal/thermal_zone5/temp': '39700\n',
  'sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/in_power0_input': '1750\n',
  'sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/in_power1_input': '0\n',
  'sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/in_power2_input': '366\n',
  'sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/in_voltage0_input': '5016\n',
  'sys/class/net/eth0/address': '00:04:4b:00:00:00\n',
  'sys/class/net/wlan0/wireless/status': '0\n',
  'var/lib/nvpmodel/status': 'pmode:0000\nfmode:fanNull\n',
};

/** As readings tell them. */
export function temperatures(celsiusByName: Readonly<Record<string, number>>): { name: string; celsius: number }[] {
  return Object.entries(celsiusByName).map(([name, celsius]) => ({ name, celsius }));
}

/** Writes files, or takes them away where the text is undefined, below a folder that stands for the root. */
export function writeTree(root: string, files: Readonly<Record<string, string | undefined>>): void {
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) continue;
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
