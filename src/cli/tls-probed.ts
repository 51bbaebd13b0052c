/** What a look at TLS from outside is told, and tells. */
import type { Answer } from '../http/contract.ts';

export interface TlsTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: 'starttls' | 'implicit';
  /** What the certificate should be for. */
  readonly name: string;
}

type Facts = NonNullable<Answer<'tls'>['certificates'][number]['facts']>;
/** Of a certificate; what the API says of one fits. */
export type CertificateFacts = Readonly<Omit<Facts, 'names'>> & { readonly names: readonly string[] };

export type TlsProbed =
  | {
      readonly ok: true;
      readonly protocol: string;
      readonly cipher: string;
      /** The server's own first. */
      readonly chain: readonly [CertificateFacts, ...CertificateFacts[]];
      readonly nameMatches: boolean;
      /** Why it is not trusted; `null`: it is. */
      readonly distrust: string | null;
    }
  | {
      readonly ok: false;
      readonly reason:
        | 'no-connection'
        | 'timeout'
        | 'no-greeting'
        | 'no-starttls'
        | 'starttls-refused'
        | 'handshake';
      readonly detail: string;
    };
