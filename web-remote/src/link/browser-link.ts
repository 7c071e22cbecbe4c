import { unzlibSync } from 'fflate';
import { type CarLink, type CarLinkOptions, openCarLink } from '../../../daemon/protocol/car-link.ts';
import { type CarPictures, openCarPictures, type ReceivedPicture } from '../../../daemon/protocol/car-pictures.ts';
import { linkClockOf } from '../../../daemon/protocol/link-port.ts';

const clock = linkClockOf(globalThis);
const decoder = new TextDecoder();
const decodeText = (bytes: Uint8Array): string => decoder.decode(bytes);
const inflate = (bytes: Uint8Array): string => decodeText(unzlibSync(bytes));

/** The page's control connection, for as long as the page is there. Also tries at once when the network or the page is back. */
export function openControlLink(
  options: Pick<CarLinkOptions, 'onConnection' | 'onMessage'> & { readonly url: string },
): CarLink {
  const link = openCarLink({
    ...options,
    clock,
    inflate,
    open: () => new WebSocket(options.url),
    onUnknown: (why) => console.warn(why),
  });
  const now = (): void => {
    if (!document.hidden) link.reconnect();
  };
  window.addEventListener('online', now);
  document.addEventListener('visibilitychange', now);
  return link;
}

export function openVideoLink(options: {
  readonly url: string;
  readonly onPicture: (picture: ReceivedPicture) => void;
}): CarPictures {
  return openCarPictures({
    clock,
    open: () => new WebSocket(options.url),
    decodeText,
    inflate,
    onPicture: options.onPicture,
  });
}
