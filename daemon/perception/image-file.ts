import { type Stats, statSync } from 'node:fs';
import sharp from 'sharp';
import { whyUnreadable } from '../platform/file-trouble.ts';
import { missingFile } from '../platform/missing-file.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { UserError } from '../platform/user-error.ts';

export interface RgbImage {
  /** uint8, row by row. */
  readonly rgb: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/**
 * Decodes a picture file as detectors are trained on it: upright (EXIF), three channels, alpha dropped, the numbers as
 * they stand in the file (no colour management, as with OpenCV and Pillow).
 * @throws (rejects) UserError for a file that is missing or no picture.
 */
export async function readImage(file: string): Promise<RgbImage> {
  if (file === '-')
    throw new UserError(
      'pictures are not read from standard input ("-"): name their files. One that is called "-" is ./-',
    );
  const there = entryOf(file);
  if (there === undefined) throw new UserError(missingFile('the picture', file));
  if (there.isDirectory())
    throw new UserError(`${file} is a folder; name the pictures in it: ${file.replace(/\/$/, '')}/*.jpg`);
  // Whoever reads a pipe or a device may wait for ever, or be given bytes for ever.
  if (!there.isFile()) throw new UserError(`the picture ${file} is a device or a pipe. Right would be a file.`);
  try {
    const { data, info } = await sharp(file, { ignoreIcc: true, autoOrient: true })
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`it has ${info.channels} channels`);
    return { rgb: data, widthPx: info.width, heightPx: info.height };
  } catch (error) {
    const why = reasonOf(error);
    throw new UserError(
      `the picture ${file} cannot be read: ${why.replace(/^Input file contains unsupported image format$/, 'it is none, or of an unknown format')}. Right would be JPEG, PNG, WebP, GIF, TIFF or AVIF, or a video.`,
    );
  }
}

function entryOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw new UserError(`the picture ${file} ${whyUnreadable(error)}`);
  }
}
