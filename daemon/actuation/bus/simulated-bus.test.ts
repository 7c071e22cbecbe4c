import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderOfThisTest } from '../../../test/harness/test-folders.ts';
import { InMemoryBus, MemoryDevice } from '../testing/in-memory-bus.ts';
import { patientBus } from '../testing/patient-bus.ts';
import { SimulatorServer } from '../testing/simulator-server.ts';
import { describeI2cBus } from './i2c-bus.contract.ts';
import { I2cError } from './i2c-bus.ts';
import { openSimulatedBus } from './simulated-bus.ts';

async function simulator(): Promise<{ socket: string; server: SimulatorServer; dispose(): Promise<void> }> {
  const folder = folderOfThisTest('simulated-bus');
  const memory = new InMemoryBus();
  memory.devices.set(0x40, new MemoryDevice());
  const server = new SimulatorServer(memory);
  const socket = join(folder, 'bus');
  await server.listen(socket);
  return {
    socket,
    server,
    dispose: () => server.close(),
  };
}

describeI2cBus('the simulated bus', async () => {
  const { socket, server, dispose } = await simulator();
  const bus = await openSimulatedBus(socket);
  return { bus, address: 0x40, emptyAddress: 0x41, hush: () => server.hush(), speak: () => server.speak(), dispose };
});

describe('openSimulatedBus', () => {
  it('names the socket when nothing listens there', async () => {
    const opening = openSimulatedBus('/nowhere/bus');
    await expect(opening).rejects.toMatchObject({ name: 'I2cError', code: 'ENOENT' });
    await expect(opening).rejects.toThrow('/nowhere/bus');
  });

  it('fails what is under way when the simulator goes, and connects again for the next transfer', async () => {
    const { socket, server, dispose } = await simulator();
    onTestFinished(dispose);
    const bus = await openSimulatedBus(socket);
    onTestFinished(() => bus.close());
    server.hush();
    let end: unknown;
    do {
      const lost = bus.writeRegisters(0x40, 1, Uint8Array.of(1));
      server.disconnect();
      end = await lost.catch((error: unknown) => error);
      // A busy machine noticed it only after the time of a transfer: that tells nothing of the connection.
    } while (end instanceof I2cError && end.code === 'ETIMEDOUT');
    expect(end).toMatchObject({ name: 'I2cError', code: 'ECONNRESET' });
    server.speak();
    const patient = patientBus(bus);
    await patient.writeRegisters(0x40, 1, Uint8Array.of(2));
    expect(await patient.readRegisters(0x40, 1, 1)).toEqual(Uint8Array.of(2));
  });

  it.each([
    ['no JSON', 'rubbish\n'],
    ['no answer', '{"op":"dance","id":1}\n'],
    ['a line without end', 'x'.repeat((1 << 20) + 1)],
  ])('drops a simulator that sends %s', async (_, text) => {
    const { socket, server, dispose } = await simulator();
    onTestFinished(dispose);
    const bus = await openSimulatedBus(socket);
    onTestFinished(() => bus.close());
    await patientBus(bus).readRegisters(0x40, 1, 1);
    server.hush();
    const read = bus.readRegisters(0x40, 1, 1);
    server.say(text);
    await expect(read).rejects.toMatchObject({ code: expect.stringMatching(/^(EPROTO|ETIMEDOUT)$/) });
    server.speak();
  });

  it('ignores answers that nobody waits for', async () => {
    const { socket, server, dispose } = await simulator();
    onTestFinished(dispose);
    const bus = await openSimulatedBus(socket);
    onTestFinished(() => bus.close());
    const patient = patientBus(bus);
    await patient.readRegisters(0x40, 1, 1);
    server.say('{"op":"i2c","id":999,"bytes":[1]}\n{"op":"error","id":998,"code":"EIO","text":"late"}\n');
    expect(await patient.readRegisters(0x40, 1, 2)).toEqual(Uint8Array.of(0, 0));
  });
});
