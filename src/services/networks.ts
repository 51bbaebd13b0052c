/** Networks, and whether an address is in them. */
import { BlockList, isIPv6 } from 'node:net';

export type NetworkCheck = (address: string) => boolean;

/** Of networks in CIDR form; an address alone is one of its own. */
export function inNetworks(networks: readonly string[]): NetworkCheck {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    list.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  }
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
