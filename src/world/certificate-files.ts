/** Certificates and their keys as files, in PEM. What is read fits together: a key that is not the certificate's is a failure here. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { failed, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { type CertificateFacts, type CertificateFault, factsOf } from './certificate-facts.ts';
import { systemErrorCode } from './system-error.ts';

/** Where they are: the certificate with those that lead to its issuer, and its key. May be one file. */
export interface CertificatePlace {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate that could be served. */
export interface CertificatePair {
  /** The certificate first, then those that lead to its issuer. */
  readonly chain: string;
  readonly key: string;
  readonly facts: CertificateFacts;
  /** Certificates in the file. */
  readonly chainLength: number;
  /** The second issued the first, and so on: others cannot follow a chain that is out of order. */
  readonly isChain: boolean;
}

const OCTETS_MAX = 256 * 1024;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const KEY = /-----BEGIN (?:(RSA|EC|ENCRYPTED) )?PRIVATE KEY-----[^]+?-----END (?:\w+ )?PRIVATE KEY-----/;

type Read<T> = Result<T, CertificateFault>;

export async function readCertificate(place: CertificatePlace): Promise<Read<CertificatePair>> {
  const text = await readText(place.certificate);
  if (!text.ok) return text;
  const keyText = place.key === place.certificate ? text : await readText(place.key);
  return keyText.ok ? parseCertificate(place, text.value, keyText.value) : keyText;
}

/** `directory`, as programs that fetch certificates fill it, or `certificate:key`. Absolute paths only. */
export function parseCertificatePlace(text: string): CertificatePlace | null {
  const [certificate = '', key, ...rest] = text.split(':');
  if (!isAbsolute(certificate) || text.includes('\0') || rest.length > 0) return null;
  if (key !== undefined) return isAbsolute(key) ? { certificate, key } : null;
  return { certificate: join(certificate, 'fullchain.pem'), key: join(certificate, 'privkey.pem') };
}

export function writeCertificatePlace({ certificate, key }: CertificatePlace): string {
  return `${certificate}:${key}`;
}

/** Changes whenever one of the files does, also by a link that leads elsewhere. */
export async function certificateStamp({ certificate, key }: CertificatePlace): Promise<string> {
  return `${await fileStamp(certificate)} ${await fileStamp(key)}`;
}

async function fileStamp(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    return `${ino}:${size}:${mtimeMs}:${ctimeMs}`;
  } catch (error) {
    return systemErrorCode(error) ?? 'unknown';
  }
}

/** Of what the files hold. */
export function parseCertificate(
  place: CertificatePlace,
  text: string,
  keyText: string,
): Read<CertificatePair> {
  const pems = text.match(CERTIFICATE);
  if (pems === null) return failed({ file: place.certificate, reason: 'no-certificate' });
  const chain = certificates(pems);
  const [first] = chain ?? [];
  if (chain === null || first === undefined) return failed({ file: place.certificate, reason: 'damaged' });
  const found = KEY.exec(keyText);
  if (found === null) return failed({ file: place.key, reason: 'no-key' });
  const [pem, kind] = found;
  if (kind === 'ENCRYPTED' || pem.includes('Proc-Type: 4,ENCRYPTED'))
    return failed({ file: place.key, reason: 'key-encrypted' });
  const key = privateKey(pem);
  if (key === null) return failed({ file: place.key, reason: 'damaged' });
  if (!first.checkPrivateKey(key)) return failed({ file: place.key, reason: 'key-of-another' });
  return ok({
    chain: pems.join('\n'),
    key: pem,
    facts: factsOf(first),
    chainLength: chain.length,
    isChain: chain.every((one, at) => at === 0 || chain[at - 1]?.checkIssued(one) === true),
  });
}

function certificates(pems: readonly string[]): readonly X509Certificate[] | null {
  try {
    return pems.map((pem) => new X509Certificate(pem));
  } catch {
    return null; // OpenSSL's words for it say nothing that helps
  }
}

function privateKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null; // the same, and they might quote the key
  }
}

async function readText(file: string): Promise<Read<string>> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    return size > OCTETS_MAX
      ? failed({ file, reason: 'too-big' })
      : ok(await handle.readFile({ encoding: 'latin1' }));
  } catch (error) {
    return failed({ file, reason: systemErrorCode(error) === 'ENOENT' ? 'missing' : 'unreadable' });
  }
}
