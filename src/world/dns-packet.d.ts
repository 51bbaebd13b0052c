/** What we use of dns-packet, which comes without types. */
declare module 'dns-packet' {
  export interface DnsQuestion {
    readonly type: string;
    readonly name: string;
    readonly class?: string;
  }

  export type DnsRecord = { readonly name: string; readonly ttl: number; readonly class?: string } & (
    | { readonly type: 'A' | 'AAAA' | 'CNAME'; readonly data: string }
    | { readonly type: 'MX'; readonly data: { readonly preference: number; readonly exchange: string } }
    | { readonly type: 'SOA'; readonly data: DnsAuthority }
  );

  export interface DnsAuthority {
    readonly mname: string;
    readonly rname: string;
    readonly serial: number;
    readonly refresh: number;
    readonly retry: number;
    readonly expire: number;
    readonly minimum: number;
  }

  export interface DnsOptions {
    readonly type: 'OPT';
    readonly name: '.';
    readonly udpPayloadSize: number;
  }

  export interface DnsPacket {
    readonly id: number;
    readonly type: 'query' | 'response';
    readonly flags?: number;
    readonly questions?: readonly DnsQuestion[];
    readonly answers?: readonly DnsRecord[];
    readonly authorities?: readonly DnsRecord[];
    readonly additionals?: readonly DnsOptions[];
  }

  /** The records may be of any type: one must look before one believes. */
  export interface DecodedPacket {
    readonly id: number;
    readonly type: 'query' | 'response';
    readonly rcode: string;
    readonly flag_tc: boolean;
    readonly questions: readonly Required<DnsQuestion>[];
    readonly answers: readonly Required<DnsRecord>[];
    readonly authorities: readonly Required<DnsRecord>[];
  }

  /** May write into the packet given. */
  export function encode(packet: DnsPacket): Uint8Array;
  /** Throws when these are no DNS message. */
  export function decode(octets: Buffer): DecodedPacket;
  export const RECURSION_DESIRED: number;
  export const TRUNCATED_RESPONSE: number;
}
