import type { IncomingHttpHeaders } from 'node:http';
import { isIPv6 } from 'node:net';

/**
 * By what one sender is known to the limits. An IPv4 address stands for itself, written as IPv6 or not; of an IPv6
 * address the first 64 bits do, for every device has the other 64 to choose from (RFC 4291, 2.5.4).
 */
export function sourceKey(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const plain = address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  while (tail !== undefined && groups.length + after.length < 8) groups.push('0');
  return `${[...groups, ...after]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

/** Whether an address is the other end of a connection within this machine. */
export function isThisMachine(address: string | undefined): boolean {
  const key = sourceKey(address);
  return key.startsWith('127.') || address === '::1';
}

/** Whether a request says itself that a proxy passed it on: then its connection says nothing of where it began. */
export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'].some((name) => name in headers);
}
