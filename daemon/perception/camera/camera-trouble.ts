/** What a kind of camera's trouble looks like in the words of GStreamer and ffmpeg, and what it means for people. */
interface Trouble {
  /** In the name of the elements, the address or the program of the camera's command; absent where any may have it. */
  readonly of?: RegExp;
  readonly words: RegExp;
  /** Follows the camera's name. */
  readonly means: string;
  readonly right: string;
}

/** ffmpeg reads cameras too, and calls what it cannot read of them by the same words. */
const video = /^(?!.*(rtsps?:\/\/|\/dev\/)).*(\bfilesrc\b|\bffmpeg\b)/;
const network = /\brtsps?:\/\//;
const usb = /\/dev\/(video\d|v4l\/)/;
const addressOrSwitch =
  'Right would be its address as it is at this moment, the camera switched on and in the same network';

/** The first that fits counts. */
export const cameraTroubles: readonly Trouble[] = [
  {
    of: network,
    words: /\b401\b|unauthori[sz]ed|not authori[sz]ed/i,
    means: 'wants a user and a password',
    right: 'Right would be rtsp://USER:PASSWORD@ADDRESS',
  },
  {
    of: network,
    words: /\b404\b|not found|no such stream/i,
    means: 'answers, and has no such stream',
    right: 'Right would be the path that its manual names, such as rtsp://ADDRESS/stream1',
  },
  {
    of: network,
    words: /refused|failed to connect|could not connect|unreachable|no route|timed? ?out|resolv|name or service/i,
    means: 'cannot be reached',
    right: addressOrSwitch,
  },
  {
    of: usb,
    words: /no such (file|device)|cannot identify device|not a capture device/i,
    means: 'is not there',
    right: 'Right would be one that is plugged in: ls /dev/video*',
  },
  {
    of: usb,
    words: /\bbusy\b/i,
    means: 'is in use by another program',
    right: 'Right would be to end that one first, another car perhaps',
  },
  {
    words: /permission denied|not permitted/i,
    means: 'may not be used by this user',
    right: 'Right would be one that it may read; for a camera: sudo usermod -aG video USER, then log in anew',
  },
  {
    of: video,
    words:
      /cannot decode|could not (determine|demultiplex)|invalid data|moov atom|no streams?\b|gst_type_find|typefind|no decoder/i,
    means: 'is no video that can be read',
    right: 'Right would be an MP4 with H.264, or folder:FOLDER for pictures',
  },
  {
    words: /missing (a |the )?(plug-?in|element)|no element|your gstreamer installation is missing/i,
    means: 'needs a part of GStreamer that is not installed',
    right: 'Right would be: sudo apt install gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav',
  },
];

/**
 * What was wrong with a camera that never gave a picture, and what would be right, by what its program said last; undefined where
 * those words are not known, and have to speak for themselves.
 */
export function cameraTrouble(
  command: readonly string[],
  lastLines: readonly string[],
): { readonly means: string; readonly right: string } | undefined {
  const said = lastLines.join('\n');
  const called = command.join(' ');
  return cameraTroubles.find(({ of, words }) => (of === undefined || of.test(called)) && words.test(said));
}
