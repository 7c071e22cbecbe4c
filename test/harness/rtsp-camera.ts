import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { testSize } from '../../daemon/perception/camera/camera-reader.contract.ts';

/** A network camera of this computer that can be made to fail. */
export interface RtspCamera {
  readonly port: number;
  /** Requests so far, such as `DESCRIBE`, in their order. */
  readonly methods: readonly string[];
  /** From now on nothing is sent, neither pictures nor answers, and every connection stays open. */
  hush(): void;
  speak(): void;
  /** As a camera without power: its connections break off, and nobody listens. */
  kill(): Promise<void>;
  /** On the same port again. */
  revive(): Promise<void>;
  /** Resolves when every client has left and what made pictures for it is gone. */
  left(): Promise<void>;
}

export interface RtspCameraOptions {
  /** The stream ends after as many pictures, as a camera says it: RTCP's BYE. */
  readonly pictures?: number;
  /** Asked for by HTTP's Basic. */
  readonly credential?: { readonly user: string; readonly password: string };
  readonly size?: { readonly widthPx: number; readonly heightPx: number };
}

const streamPath = '/live';
/** More than a client that reads can leave waiting. */
const mostWaitingBytes = 1 << 20;
const rtpChannel = 0;
const rtcpChannel = 1;

/**
 * RTSP 1.0 (RFC 2326) on 127.0.0.1, RTP within its TCP connection (section 10.12): the dialogue is done here, in the few requests
 * that a client needs; pictures and packets (RTP/JPEG, RFC 2435) are GStreamer's own. A transport by UDP is refused by 461.
 */
export async function startRtspCamera(options: RtspCameraOptions = {}): Promise<RtspCamera> {
  const connections = new Set<Connection>();
  const methods: string[] = [];
  let silent = false;
  const server = createServer((socket) => {
    const connection = new Connection(socket, {
      ...options,
      isSilent: () => silent,
      onMethod: (method) => methods.push(method),
    });
    connections.add(connection);
    void connection.gone.then(() => connections.delete(connection));
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  return {
    port,
    methods,
    hush() {
      silent = true;
    },
    speak() {
      silent = false;
    },
    async kill() {
      const closed = server.listening ? once(server, 'close') : Promise.resolve();
      server.close();
      for (const connection of connections) connection.breakOff();
      await closed;
    },
    async revive() {
      await listen(port);
    },
    async left() {
      await Promise.all([...connections].map(({ gone }) => gone));
    },
  };
}

interface ConnectionOptions extends RtspCameraOptions {
  readonly isSilent: () => boolean;
  readonly onMethod: (method: string) => void;
}

/** One client. */
class Connection {
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  #received = Buffer.alloc(0);
  #pictures: ChildProcess | undefined;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (chunk) => this.#receive(chunk));
    // A client that is killed resets its connection.
    socket.on('error', () => {});
    this.gone = new Promise<void>((resolve) => socket.once('close', () => resolve())).then(() => this.#endPictures());
  }

  breakOff(): void {
    this.#socket.resetAndDestroy();
  }

  async #endPictures(): Promise<void> {
    const program = this.#pictures;
    if (program === undefined || program.exitCode !== null || program.signalCode !== null) return;
    program.kill('SIGKILL');
    await once(program, 'exit');
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      // The client's own RTCP comes within the connection too: its reports are nothing to us.
      if (this.#received[0] === 0x24) {
        const end = this.#received.length < 4 ? Number.POSITIVE_INFINITY : 4 + this.#received.readUInt16BE(2);
        if (this.#received.length < end) return;
        this.#received = this.#received.subarray(end);
        continue;
      }
      const end = this.#received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const request = this.#received.toString('latin1', 0, end);
      this.#received = this.#received.subarray(end + 4);
      this.#answer(request);
    }
  }

  #answer(request: string): void {
    const [method = '', url = ''] = request.split(' ');
    const header = (name: string) => new RegExp(`^${name}: *(.*)$`, 'im').exec(request)?.[1]?.trim();
    const answer = (status: string, headers: readonly string[] = [], body = '') => {
      const lines = [`RTSP/1.0 ${status}`, `CSeq: ${header('CSeq') ?? 0}`, ...headers];
      if (body !== '') lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
      this.#send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`));
    };
    this.#options.onMethod(method);
    switch (this.#isLetIn(method, header('Authorization')) ? method : 'refused') {
      case 'OPTIONS':
        answer('200 OK', ['Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN']);
        break;
      case 'refused':
        answer('401 Unauthorized', ['WWW-Authenticate: Basic realm="camera"']);
        break;
      case 'DESCRIBE':
        if (new URL(url).pathname !== streamPath) answer('404 Stream Not Found');
        else answer('200 OK', ['Content-Type: application/sdp', `Content-Base: ${url}/`], description);
        break;
      case 'SETUP':
        if (!/RTP\/AVP\/TCP/i.test(header('Transport') ?? '')) answer('461 Unsupported Transport');
        else answer('200 OK', ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1', 'Session: 1']);
        break;
      case 'PLAY':
        answer('200 OK', ['Session: 1']);
        this.#play();
        break;
      case 'TEARDOWN':
        answer('200 OK', ['Session: 1']);
        this.#socket.end();
        break;
      default:
        answer('501 Not Implemented');
    }
  }

  #isLetIn(method: string, authorization: string | undefined): boolean {
    const { credential } = this.#options;
    if (credential === undefined || method === 'OPTIONS') return true;
    return authorization === `Basic ${Buffer.from(`${credential.user}:${credential.password}`).toString('base64')}`;
  }

  #play(): void {
    if (this.#pictures !== undefined) return;
    const { pictures, size = testSize } = this.#options;
    const { widthPx, heightPx } = size;
    const raw = `video/x-raw,format=I420,width=${widthPx},height=${heightPx},framerate=${testSize.framesPerSecond}/1`;
    const limit = pictures === undefined ? [] : [`num-buffers=${pictures}`];
    const source = ['videotestsrc', 'is-live=true', 'pattern=ball', ...limit, '!', raw, '!', 'jpegenc'];
    const packets = ['rtpjpegpay', '!', 'rtpstreampay', '!', 'fdsink', 'fd=1'];
    const child = spawn('gst-launch-1.0', ['-q', ...source, '!', ...packets], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#pictures = child;
    let waiting = Buffer.alloc(0);
    let packetSource: number | undefined;
    child.stdout.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      // RFC 4571: each packet behind its length.
      while (waiting.length >= 2 && waiting.length >= 2 + waiting.readUInt16BE(0)) {
        const packet = waiting.subarray(2, 2 + waiting.readUInt16BE(0));
        packetSource ??= packet.readUInt32BE(8);
        this.#sendWithin(rtpChannel, packet);
        waiting = waiting.subarray(2 + packet.length);
      }
    });
    child.stdout.once('end', () => {
      if (packetSource !== undefined) this.#sendWithin(rtcpChannel, goodbye(packetSource));
    });
  }

  #sendWithin(channel: number, packet: Buffer): void {
    // A camera keeps nothing for a client that does not read.
    if (this.#socket.writableLength > mostWaitingBytes) return;
    const head = Buffer.of(0x24, channel, packet.length >> 8, packet.length & 0xff);
    this.#send(Buffer.concat([head, packet]));
  }

  #send(bytes: Buffer): void {
    if (!this.#options.isSilent() && this.#socket.writable) this.#socket.write(bytes);
  }
}

const description = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=a camera of the tests',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  // 26: JPEG at 90 kHz (RFC 3551, table 5).
  'm=video 0 RTP/AVP 26',
  'a=control:track1',
  '',
].join('\r\n');

/** An empty receiver report, without which a compound packet is none, and a BYE (RFC 3550, 6.1 and 6.6). */
function goodbye(source: number): Buffer {
  const packet = Buffer.alloc(16);
  packet.writeUInt32BE(0x80_c9_00_01, 0);
  packet.writeUInt32BE(source, 4);
  packet.writeUInt32BE(0x81_cb_00_01, 8);
  packet.writeUInt32BE(source, 12);
  return packet;
}
