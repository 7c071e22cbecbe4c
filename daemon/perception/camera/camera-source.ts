/** What `camera.source` and `--camera` name. */
export type CameraSource =
  | { readonly kind: 'simulator' }
  /** A USB camera; without a device the first one. */
  | { readonly kind: 'usb'; readonly device: string }
  /** A ribbon-cable camera of a Jetson. */
  | { readonly kind: 'csi'; readonly sensorId: number }
  | { readonly kind: 'test' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'rtsp'; readonly url: string }
  /** A command line that writes raw RGB frames to its standard output. */
  | { readonly kind: 'program'; readonly command: readonly string[] };

const firstDevice = '/dev/video0';

/** Every text is some source: what is no name of one is a command line. */
export function parseCameraSource(text: string): CameraSource {
  const trimmed = text.trim();
  if (trimmed === 'simulator') return { kind: 'simulator' };
  if (trimmed === 'usb') return { kind: 'usb', device: firstDevice };
  if (trimmed === 'test') return { kind: 'test' };
  const csi = /^csi(?::(\d))?$/.exec(trimmed);
  if (csi !== null) return { kind: 'csi', sensorId: Number(csi[1] ?? 0) };
  if (/^\/dev\/(video\d+|v4l\/\S+)$/.test(trimmed)) return { kind: 'usb', device: trimmed };
  if (/^rtsps?:\/\/\S+$/.test(trimmed)) return { kind: 'rtsp', url: trimmed };
  const named = /^(file|folder):(.+)$/.exec(trimmed);
  if (named !== null) return { kind: named[1] === 'file' ? 'file' : 'folder', path: named[2]! };
  return { kind: 'program', command: splitCommand(trimmed) };
}

/** Words of a command line; quotes keep spaces, as a shell would. */
function splitCommand(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

/** Text that is shown to people and logged, without what stands before the @ of an address. */
export function withoutPassword(text: string): string {
  return text.replace(/\/\/\S*@/g, '//');
}
