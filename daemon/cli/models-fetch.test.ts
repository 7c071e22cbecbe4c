import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { ZooEntry } from '../car/zoo.ts';
import { makeCertificate } from '../remote/certificate/make-certificate.ts';
import { fetchNetwork } from './models-fetch.ts';
import { showNetwork } from './models-info.ts';
import { listen, named, networkBench } from './testing/network-bench.ts';

const { folder, save } = networkBench('models-fetch');

describe('models fetch', () => {
  const network = readFileSync(save('zoo', named));
  const serve = async (bytes: Buffer, answer = (response: ServerResponse) => void response.end(bytes)) => {
    const server = createServer((_, response) => answer(response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const entry: ZooEntry = {
      ...{ name: 'zoo-net', goodFor: 'tests', layout: 'yolov8', bytes: network.length, licence: 'MIT', source: 'here' },
      address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      sha256: createHash('sha256').update(network).digest('hex'),
      card: {},
    };
    return { server, zoo: [entry] };
  };

  it('shows the licence, and the network can then be used', async () => {
    const { server, zoo } = await serve(network);
    const { said, output } = listen();
    await fetchNetwork('zoo-net', { json: true }, output, { folder: folder(), zoo });
    server.close();
    expect(said.err).toMatch(/licence: MIT\n/);
    expect(JSON.parse(said.out)).toMatchObject({ name: 'zoo-net', state: 'fetched', licence: 'MIT' });
    const info = listen();
    await showNetwork(join(folder(), 'zoo-net.onnx'), {}, info.output);
    expect(info.said.out).toMatch(/zoo-net\.json\n/);
  });

  it('shows no bar for a network that is there already', async () => {
    const { server, zoo } = await serve(network);
    const drawn = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    try {
      await fetchNetwork('zoo-net', {}, listen().output, { folder: folder(), zoo });
      expect(drawn.mock.calls.flat().join('')).toMatch(/fetching zoo-net/);
      drawn.mockClear();
      const { said, output } = listen();
      await fetchNetwork('zoo-net', {}, output, { folder: folder(), zoo });
      expect(said.out).toMatch(/zoo-net\.onnx was there already/);
      expect(drawn).not.toHaveBeenCalled();
    } finally {
      drawn.mockRestore();
      server.close();
    }
  });

  it('tells a user who interrupts it what is kept, bar or none', async () => {
    const listenersBefore = process.listenerCount('SIGINT');
    const sent = network.subarray(0, 200);
    const { server, zoo } = await serve(network, (response) => {
      response.writeHead(200, { 'content-length': network.length }).write(sent);
    });
    const part = join(folder(), 'zoo-net.onnx.part');
    const fetching = fetchNetwork('zoo-net', {}, listen().output, { folder: folder(), zoo });
    const refused = expect(fetching).rejects.toThrow(/it was interrupted\. 200 of \d+ bytes are here and kept/);
    await vi.waitFor(() => expect(statSync(part).size).toBe(sent.length), { timeout: 20_000 });
    // The bar is drawn right after the bytes are written.
    await new Promise((resolve) => setImmediate(resolve));
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    try {
      process.emit('SIGINT', 'SIGINT');
      await refused;
      expect(kill).not.toHaveBeenCalled();
    } finally {
      kill.mockRestore();
      server.closeAllConnections();
      server.close();
    }
    expect(process.listenerCount('SIGINT')).toBe(listenersBefore);
  });

  describe('from a server of https', () => {
    const secure = async (location: string) => {
      const { keyPem, certificatePem } = await makeCertificate({
        ...{ commonName: 'zoo', names: ['127.0.0.1'], serial: new Uint8Array(16).fill(7), nowMs: Date.now() },
      });
      let requests = 0;
      const server = createSecureServer({ key: keyPem, cert: certificatePem }, (_, response) => {
        requests++;
        response.writeHead(302, { location }).end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      return { server, address, requestsSoFar: () => requests };
    };

    it('is refused where nobody vouches for it, and where it leads to one of http', async () => {
      const plain = await serve(network);
      const { server, address, requestsSoFar } = await secure(plain.zoo[0]!.address);
      const zoo = [{ ...plain.zoo[0]!, address }];
      const fetched = () => fetchNetwork('zoo-net', {}, listen().output, { folder: folder(), zoo });
      await expect(fetched()).rejects.toThrow(
        /does not prove that it is who it says \(DEPTH_ZERO_SELF_SIGNED_CERT\)\. .*, and does its network ask for a sign-in first\?$/,
      );
      expect(requestsSoFar()).toBe(0);
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
      try {
        await expect(fetched()).rejects.toThrow(/leads to http:.*, which is not encrypted, and is not followed there/);
      } finally {
        vi.unstubAllEnvs();
      }
      expect(requestsSoFar()).toBe(1);
      expect(readdirSync(folder())).toEqual([]);
      for (const each of [plain.server, server]) each.close();
    });
  });

  it('is refused for what the zoo has not and what is not right', async () => {
    const listenersBefore = process.listenerCount('SIGINT');
    const { server, zoo } = await serve(Buffer.alloc(network.length));
    await expect(fetchNetwork('zoo-nets', {}, listen().output, { folder: folder(), zoo })).rejects.toThrow(
      /Did you mean zoo-net/,
    );
    await expect(fetchNetwork('zoo-net', {}, listen().output, { folder: folder(), zoo })).rejects.toThrow(/SHA-256/);
    server.close();
    expect(existsSync(join(folder(), 'zoo-net.onnx'))).toBe(false);
    expect(process.listenerCount('SIGINT')).toBe(listenersBefore);
  });
});
