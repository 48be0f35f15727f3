import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { commaSeparated } from '../config/index.js';

function isAddressOrRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/u.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/**
 * Comma separated addresses or ranges (10.0.0.0/8) of the load balancers in front, whose X-Forwarded-For is trusted as the
 * caller's address, and whose traceparent is continued. By default none: anyone can write those headers.
 */
export const trustedProxies = commaSeparated.pipe(
  z.array(z.string().refine(isAddressOrRange, 'must be addresses or ranges: 10.0.0.0/8,192.168.1.7')),
);

/** Says of addresses whether they are among these addresses and ranges. */
export function isAmong(proxies: readonly string[]): (address: string | undefined) => boolean {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address = '') => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
}
