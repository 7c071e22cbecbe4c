import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { CameraFrame } from './camera/camera-reader.ts';
import { createPictureEncoder, type Picture } from './jpeg.ts';

function frame(frameId: number, onRelease: () => void = () => {}): CameraFrame {
  const [widthPx, heightPx] = [320, 240];
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  for (let i = 0; i < rgb.length; i += 3) rgb[i] = 200;
  const capturedAtMs = 10 * frameId;
  return { frameId, capturedAtMs, captureTimeSource: 'camera', widthPx, heightPx, rgb, release: onRelease };
}

function encoder(video: { maxFramesPerSecond?: number; maxWidthPx?: number } = {}) {
  const pictures: Picture[] = [];
  const errors: Error[] = [];
  const made = createPictureEncoder({
    video: { maxFramesPerSecond: 20, jpegQuality: 80, maxWidthPx: 640, ...video },
    onPicture: (picture) => pictures.push(picture),
    onError: (error) => errors.push(error),
  });
  return { encoder: made, pictures, errors };
}

describe('pictures', () => {
  it('are JPEGs of the frame, with its identity', async () => {
    const made = encoder();
    let released = 0;
    made.encoder.encode(
      frame(7, () => released++),
      0,
    );
    await made.encoder.settled();
    expect(made.pictures).toHaveLength(1);
    const { jpeg, ...picture } = made.pictures[0]!;
    expect(picture).toEqual({
      level: 'full',
      ...{ frameId: 7, capturedAtMs: 70, widthPx: 320, heightPx: 240, frameWidthPx: 320, frameHeightPx: 240 },
    });
    const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 320, height: 240, channels: 3 });
    expect(data[0]).toBeGreaterThan(190);
    expect(data[1]).toBeLessThan(15);
    expect(released).toBe(1);
  });

  it('are no wider than wanted, in proportion', async () => {
    const made = encoder({ maxWidthPx: 160 });
    made.encoder.encode(frame(1), 0);
    await made.encoder.settled();
    expect(made.pictures[0]).toMatchObject({ widthPx: 160, heightPx: 120, frameWidthPx: 320, frameHeightPx: 240 });
    expect(await sharp(made.pictures[0]!.jpeg).metadata()).toMatchObject({ width: 160, height: 120 });
  });

  it('are made in the sizes that are watched, largest first, and seldom and small when nobody watches', async () => {
    const made = encoder({ maxWidthPx: 320 });
    made.encoder.setLevels(['small', 'full', 'small']);
    made.encoder.encode(frame(1), 0);
    await made.encoder.settled();
    expect(made.pictures.map(({ level, widthPx }) => ({ level, widthPx }))).toEqual([
      { level: 'full', widthPx: 320 },
      { level: 'small', widthPx: 160 },
    ]);
    expect(made.pictures[1]!.jpeg.length).toBeLessThan(made.pictures[0]!.jpeg.length);
    made.encoder.setLevels([]);
    made.pictures.length = 0;
    for (let atMs = 1000; atMs < 4000; atMs += 50) {
      if (made.encoder.wants(atMs, 'looked-at')) made.encoder.encode(frame(atMs), atMs);
      await made.encoder.settled();
    }
    expect(new Set(made.pictures.map(({ level }) => level))).toEqual(new Set(['small']));
    expect(made.pictures.length).toBeGreaterThanOrEqual(4);
    expect(made.pictures.length).toBeLessThanOrEqual(6);
    made.encoder.setLevels(['full']);
    expect(made.encoder.wants(4000, 'looked-at')).toBe(true);
  });

  it('of a camera that makes JPEG are its own, byte for byte; smaller ones are made', async () => {
    const made = encoder({ maxWidthPx: 160 });
    const jpeg = Uint8Array.of(0xff, 0xd8, 1, 2, 3);
    made.encoder.setLevels(['full', 'small']);
    made.encoder.encode({ ...frame(1), jpeg }, 0);
    await made.encoder.settled();
    expect(made.pictures[0]).toMatchObject({ level: 'full', widthPx: 320, heightPx: 240 });
    expect(made.pictures[0]?.jpeg).toBe(jpeg);
    expect(made.pictures[1]).toMatchObject({ level: 'small', widthPx: 160, heightPx: 120 });
  });

  it('come no more often than wanted, whatever the camera does', async () => {
    const made = encoder({ maxFramesPerSecond: 20 });
    for (let frameId = 0; frameId < 60; frameId++) {
      const nowMs = frameId * (1000 / 60);
      if (made.encoder.wants(nowMs, 'looked-at')) made.encoder.encode(frame(frameId), nowMs);
      await made.encoder.settled();
    }
    expect(made.pictures.length).toBeGreaterThanOrEqual(20);
    expect(made.pictures.length).toBeLessThanOrEqual(21);
  });

  it('wait for nothing: a frame that comes while one is encoded is not wanted', async () => {
    const made = encoder();
    made.encoder.encode(frame(1), 0);
    expect(made.encoder.wants(1000, 'looked-at')).toBe(false);
    await made.encoder.settled();
    expect(made.encoder.wants(1000, 'looked-at')).toBe(true);
  });

  it('prefer frames that the detector looks at', async () => {
    const made = encoder({ maxFramesPerSecond: 10 });
    made.encoder.encode(frame(1), 0);
    await made.encoder.settled();
    made.encoder.encode(frame(2), 50);
    await made.encoder.settled();
    expect(made.encoder.wants(120, 'looked-at')).toBe(true);
    expect(made.encoder.wants(120, 'passed-by')).toBe(false);
    expect(made.encoder.wants(150, 'passed-by')).toBe(true);
  });

  it('that cannot be made are told, and the frame is given back', async () => {
    const made = encoder();
    let released = 0;
    made.encoder.encode({ ...frame(1, () => released++), widthPx: 9999 }, 0);
    await made.encoder.settled();
    expect(made.errors).toHaveLength(1);
    expect(released).toBe(1);
  });
});
