/** A certificate that this server signs itself, so that there is TLS before anybody has cared for it. Nobody else vouches for it. */
import { open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assert } from '../base/assert.ts';
import type { Instant } from '../base/instant.ts';
import { parseCertificate, readCertificate } from './certificate-files.ts';
import type { CertificatePair, CertificatePlace } from './certificate-files.ts';
import { makeFolder } from './make-folder.ts';

const DAY = 86_400_000;
const VALID_DAYS = 3650;
/** It is made anew when it would end sooner than this. */
const LEFT_DAYS_MIN = 30;
/** Clocks of clients are behind. */
const BEFORE_DAYS = 1;
/** RFC 5280 appendix A.1: ub-common-name. What counts is the name beside it. */
const COMMON_NAME_MAX = 64;
const OWN = ['localhost'];
const OWN_ADDRESSES = ['127.0.0.1', '::1'];

export interface SelfSigned {
  readonly place: CertificatePlace;
  readonly pair: CertificatePair;
  /** Why it could not be written, and lasts only as long as this process. */
  readonly unsaved: unknown;
}

/** Finds the one for this host in the folder, or makes it there. */
export async function selfSigned(folder: string, host: string, now: Instant): Promise<SelfSigned> {
  const place = selfSignedPlace(folder);
  const found = await readCertificate(place);
  if (found.ok && isFor(found.value, host, now)) return { place, pair: found.value, unsaved: null };
  const text = await make(host.toLowerCase(), now);
  const made = parseCertificate(place, text, text);
  assert(made.ok, 'a certificate of our own cannot be read');
  try {
    makeFolder(folder, 0o700);
    await writeSecret(place.certificate, text);
    return { place, pair: made.value, unsaved: null };
  } catch (unsaved) {
    return { place, pair: made.value, unsaved }; // no room on the disk is no reason to talk in clear
  }
}

/** Both in one file: one rename puts both in place. */
export function selfSignedPlace(folder: string): CertificatePlace {
  const path = join(folder, 'self-signed.pem');
  return { certificate: path, key: path };
}

function isFor({ facts }: CertificatePair, host: string, now: Instant): boolean {
  return facts.names.includes(host.toLowerCase()) && facts.validTo - now > LEFT_DAYS_MIN * DAY;
}

/** Key and certificate in one text. */
async function make(host: string, now: Instant): Promise<string> {
  await import('reflect-metadata'); // the next one does not work without
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [host.length > COMMON_NAME_MAX ? 'localhost' : host] }],
    notBefore: new Date(now - BEFORE_DAYS * DAY),
    notAfter: new Date(now + VALID_DAYS * DAY),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    keys,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        ...[...new Set([host, ...OWN])].map((value) => ({ type: 'dns' as const, value })),
        ...OWN_ADDRESSES.map((value) => ({ type: 'ip' as const, value })),
      ]),
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n${certificate.toString('pem')}\n`;
}

/** Whole or not at all, and nobody else's to read at any moment. */
async function writeSecret(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  {
    await using file = await open(draft, 'w', 0o600);
    await file.chmod(0o600); // it may have been there
    await file.writeFile(text);
    await file.sync();
  }
  await rename(draft, path);
  await using folder = await open(dirname(path), 'r');
  await folder.sync();
}
