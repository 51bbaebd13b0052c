/** What there is to know of a certificate, in plain values. */
import type { X509Certificate } from 'node:crypto';

export interface CertificateFacts {
  /** Of hosts, as the certificate has them: `mail.example.org`, `*.example.org`, `192.0.2.1`. */
  readonly names: readonly string[];
  readonly subject: string;
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly validFrom: number;
  readonly validTo: number;
  /** `EC P-256`, `RSA 2048` */
  readonly keyType: string;
  /** Of the certificate, hexadecimal with colons. */
  readonly sha256: string;
  readonly isSelfSigned: boolean;
}

export interface CertificateFault {
  /** Which file is at fault. */
  readonly file: string;
  readonly reason:
    | 'missing'
    | 'unreadable'
    | 'too-big'
    | 'no-certificate'
    | 'no-key'
    | 'key-encrypted'
    | 'key-of-another'
    | 'damaged'
    /** It can be read, and TLS will not have it: a key that is too short, say. */
    | 'unusable';
}

export type CertificateWarning =
  | 'ended'
  | 'ends-soon'
  | 'not-yet-valid'
  /** It names no host: clients that look find that it is somebody else's. */
  | 'no-names'
  /** One in the file has not issued the one before it. */
  | 'chain-out-of-order';

/** One certificate of this server, as it is served. */
export interface CertificateView {
  /** Its file, and that of its key. */
  readonly certificate: string;
  readonly key: string;
  /** For clients that name no server, or none that we know. */
  readonly isDefault: boolean;
  /** This server made it itself. */
  readonly isOwn: boolean;
  /** `null`: there is none, for the fault that follows. */
  readonly facts: CertificateFacts | null;
  readonly chainLength: number;
  readonly warnings: readonly CertificateWarning[];
  /** Of the files as they are now; what is served is what was there before. */
  readonly fault: CertificateFault | null;
}

export function factsOf(certificate: X509Certificate): CertificateFacts {
  return {
    names: namesOf(certificate),
    subject: onOneLine(certificate.subject),
    issuer: onOneLine(certificate.issuer),
    validFrom: certificate.validFromDate.getTime(),
    validTo: certificate.validToDate.getTime(),
    keyType: keyTypeOf(certificate),
    sha256: certificate.fingerprint256,
    isSelfSigned: certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey),
  };
}

/** RFC 9525 §6: only what the certificate says in the place for it counts; its subject is for people. */
function namesOf({ subjectAltName }: X509Certificate): readonly string[] {
  return (subjectAltName ?? '').split(', ').flatMap((one) => {
    const [, kind = '', name = ''] = /^(DNS|IP Address):([\w.*:-]+)$/.exec(one) ?? [];
    return kind === '' ? [] : [name.toLowerCase()];
  });
}

function onOneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

function keyTypeOf({ publicKey }: X509Certificate): string {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (type === 'ec') return `EC ${CURVES[details?.namedCurve ?? ''] ?? details?.namedCurve ?? ''}`.trim();
  if (type === 'ed25519') return 'Ed25519';
  return `${(type ?? '').toUpperCase()} ${details?.modulusLength ?? ''}`.trim();
}
