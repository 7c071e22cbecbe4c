import type { Socket } from 'node:net';

/**
 * Resolves when nothing more comes. Not `once(socket, 'close')`: that rejects with the error of a connection that is
 * reset, as one may be that the other end closes while bytes are on their way to it.
 */
export function whenClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}
