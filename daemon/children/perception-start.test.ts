import { describe, expect, test } from 'vitest';
import { loadConfig } from '../car/load-config.ts';
import { resolveCamera } from '../perception/camera/resolve-camera.ts';
import { perceptionStartSchema } from '../protocol/perception-messages.ts';
import { perceptionStart, simulatedCameraPlan } from './perception-start.ts';

const command = ['node', 'camera-program.js', '--socket', '/tmp/car.sock'];
const simulatedCamera = simulatedCameraPlan(command, 20);

describe('the camera that perception is started with', () => {
  test('of the simulated car is its own when nothing else is asked for', () => {
    const { camera } = perceptionStart(loadConfig({}), 'a.onnx', simulatedCamera);
    expect(camera).toMatchObject({ command, framing: 'stamped', name: 'the simulated camera' });
    expect(camera.stallCure).not.toMatch(/cable/);
  });

  test('is the one that was asked for, on the simulated car too', async () => {
    const config = loadConfig({ overrides: { camera: { source: `ffmpeg -i "my drive.mp4" -f rawvideo -` } } });
    const program = await resolveCamera(config.camera.source, config.camera);
    const { camera } = perceptionStart(config, 'a.onnx', program ?? simulatedCamera);
    expect(camera).toMatchObject({ command: ['ffmpeg', '-i', 'my drive.mp4', '-f', 'rawvideo', '-'], framing: 'raw' });
    expect(camera).not.toHaveProperty('name');
    expect(camera).not.toHaveProperty('stallCure');
  });
});

test('the detector runs by what the configuration names', () => {
  const runtime = { runtime: '/opt/libonnxruntime.so', devices: ['cuda'], gpu: { cudaMemoryLimitMb: 512 } };
  const config = loadConfig({ overrides: { detector: runtime } });
  const start = perceptionStartSchema.parse(perceptionStart(config, 'a.onnx', simulatedCamera));
  expect(start.detector).toMatchObject({ ...runtime, modelFile: 'a.onnx' });
});
