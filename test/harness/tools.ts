import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../daemon/platform/paths.ts';

/** Said once a tool and test file; under CI a missing tool is a failure, elsewhere its tests are skipped. */
function missing(tool: string, cure: string): false {
  if (process.env['CI'] === 'true') throw new Error(`${tool} is missing, and CI needs it: ${cure}`);
  process.stderr.write(`skipped: ${tool} is missing (${cure})\n`);
  return false;
}

export function chromiumIsThere(): boolean {
  const paths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const given = process.env['CHROMIUM'];
  return (
    (given !== undefined ? existsSync(given) : paths.some((path) => existsSync(path))) ||
    missing('Chromium', 'apt-get install chromium')
  );
}

/** For the example in Python. */
export function pythonWebsocketsIsThere(): boolean {
  const found = spawnSync('python3', ['-c', 'import websockets.sync.client']).status === 0;
  return found || missing('the Python package websockets (11 or newer)', 'python3 -m pip install websockets');
}

/** GStreamer with these elements. */
export function elementsAreThere(elements: readonly string[]): boolean {
  const lacking = elements.filter((element) => spawnSync('gst-inspect-1.0', ['--exists', element]).status !== 0);
  const packages = 'gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad';
  return lacking.length === 0 || missing(`GStreamer's ${lacking.join(', ')}`, `apt-get install ${packages}`);
}

export function ffmpegIsThere(): boolean {
  return spawnSync('ffmpeg', ['-version']).status === 0 || missing('ffmpeg', 'apt-get install ffmpeg');
}

/** A C compiler, which builds the neutraliser. */
export function compilerIsThere(): boolean {
  const found = spawnSync(process.env['CC'] ?? 'cc', ['--version']).status === 0;
  return found || missing('A C compiler', 'apt-get install gcc libc6-dev');
}

/** For scoring the units; systemd itself need not run. */
export function systemdAnalyzeIsThere(): boolean {
  return existsSync('/usr/bin/systemd-analyze') || missing('systemd-analyze', 'apt-get install systemd');
}

/** The library that JETSON_CAR_TEST_ONNXRUNTIME names, such as the one of the car; else the one of the npm package. */
export function onnxRuntimeLibrary(): string | undefined {
  return process.env['JETSON_CAR_TEST_ONNXRUNTIME'] ?? packagedOnnxRuntime();
}

/** The libonnxruntime inside the npm package onnxruntime-node. */
export function packagedOnnxRuntime(): string | undefined {
  const binaries = join(projectFolder(), 'node_modules', 'onnxruntime-node', 'bin');
  const end = join(process.platform, process.arch);
  const found = existsSync(binaries)
    ? readdirSync(binaries, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.includes(`${end}/`) && /libonnxruntime\.(so|dylib|1\.dylib)/.test(file))
        .map((file) => join(binaries, file))
    : [];
  if (found.length === 0) missing(`the libonnxruntime of onnxruntime-node for ${end}`, 'npm ci');
  return found[0];
}
