import { cureOfNothingForeign, foreign, whyNothingForeign } from '../platform/foreign-functions.ts';
import { UserError } from '../platform/user-error.ts';

const addressFamilyUnix = 1;
const socketDatagram = 2;
const closeOnExec = 0o2000000;
const dontWait = 0x40;
const noSignal = 0x4000;
/** `sun_path` holds 108 bytes (unix(7)). */
const longestPathBytes = 108;

/** Sends one message. @throws Error when the service manager did not take it. */
export type SendMessage = (text: string) => void;

/**
 * The socket that a service tells its state to (sd_notify(3), "Notes": AF_UNIX, SOCK_DGRAM, `@` stands for an abstract
 * name). Node has no Unix datagrams, so the C library is called. Sending never waits: a service manager that does
 * not read must not hold up the car.
 * @throws UserError for a path that is no address, and where nothing native can be called.
 */
export function openNotifySocket(path: string): SendMessage {
  const address = unixAddress(path);
  const why = whyNothingForeign();
  if (why !== undefined) {
    throw new UserError(
      `${why}. Without it systemd, which started this car as a service, cannot be told that it lives. ` +
        `${cureOfNothingForeign}. Until then the car drives when it is started by hand (jetson-car run).`,
    );
  }
  const library = foreign().load(null);
  const socket = library.func('int socket(int domain, int type, int protocol)');
  const sendTo = library.func(
    'intptr_t sendto(int fd, const uint8_t *text, size_t length, int flags, const uint8_t *address, uint32_t addressLength)',
  );
  const descriptor: number = socket(addressFamilyUnix, socketDatagram | closeOnExec, 0);
  if (descriptor < 0) throw failure('no socket could be made', foreign().errno());
  return (text) => {
    const bytes = Buffer.from(text, 'utf8');
    const sent: number = sendTo(descriptor, bytes, bytes.length, dontWait | noSignal, address, address.length);
    if (sent !== bytes.length) throw failure(`${path} took no message`, foreign().errno());
  };
}

/** `struct sockaddr_un`: the family in the machine's byte order (little-endian on all that we run on), then the path. */
function unixAddress(path: string): Buffer {
  const name = Buffer.from(path, 'utf8');
  if (!/^[/@]./.test(path) || name.length >= longestPathBytes) {
    throw new UserError(
      `NOTIFY_SOCKET is "${path}", which is neither an absolute path nor an abstract name of under ${longestPathBytes} bytes. ` +
        'systemd sets it; leave it unset when the car is not started by systemd.',
    );
  }
  if (path.startsWith('@')) name[0] = 0;
  const family = Buffer.alloc(2);
  family.writeUInt16LE(addressFamilyUnix);
  const end = path.startsWith('@') ? Buffer.alloc(0) : Buffer.alloc(1);
  return Buffer.concat([family, name, end]);
}

function failure(what: string, errno: number): Error {
  return new Error(`${what} (errno ${errno})`);
}
