/** Real listeners with certificates of their own, and a user who has a password. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { Certificates } from '../../src/services/certificates.ts';
import type { CertificatePlace } from '../../src/world/certificate-files.ts';
import { done, House, type HouseOptions } from '../decisions/house.ts';
import { temporaryFolder } from '../support/folder.ts';
import { ScramClient } from '../support/sasl-client.ts';
import { expectCode, type HeardReply, SmtpClient } from '../support/smtp-client.ts';
import { type TestAuthority, testAuthority, type TestCertificate } from '../support/test-certificates.ts';

export const PASSWORD = 'correct horse battery';

export interface SecureHouse extends AsyncDisposable {
  readonly house: House;
  /** An account, and its address. */
  readonly user: string;
  readonly authority: TestAuthority;
  /** Where the certificate for each name is. */
  readonly places: ReadonlyMap<string, CertificatePlace>;
}

/** One certificate for each name; the first is for who names nobody. */
export async function secureHouse(
  options: HouseOptions = {},
  names: readonly string[] = ['mail.test.example'],
): Promise<SecureHouse> {
  const folder = temporaryFolder();
  const authority = await testAuthority();
  const places = new Map<string, CertificatePlace>();
  for (const name of names) {
    const place = { certificate: join(folder.path, `${name}.pem`), key: join(folder.path, `${name}.key`) };
    putCertificate(place, await authority.sign(name));
    places.set(name, place);
  }
  const settings = { places: [...places.values()], folder: folder.path, host: 'mail.test.example' };
  const house = await House.start({
    tls: (clock, log) => Certificates.open(settings, clock, log),
    authenticator: 'passwords',
    ...options,
  });
  const user = await house.account();
  await done(house.store.setPassword(user, PASSWORD));
  return {
    house,
    user,
    authority,
    places,
    async [Symbol.asyncDispose]() {
      await house[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

export function putCertificate({ certificate, key }: CertificatePlace, made: TestCertificate): void {
  writeFileSync(certificate, made.cert);
  writeFileSync(key, made.key);
}

/** `name` and `password` by this mechanism; the last reply. A refusal on the way is the last. */
export async function logIn(
  client: SmtpClient,
  mechanism: string,
  { name, password = PASSWORD }: { readonly name: string; readonly password?: string },
): Promise<HeardReply> {
  if (mechanism === 'PLAIN') return client.say(`AUTH PLAIN ${base64(`\0${name}\0${password}`)}`);
  if (mechanism === 'LOGIN') {
    const asked = await client.say(`AUTH LOGIN ${base64(name)}`);
    return asked.code === '334' ? client.say(base64(password)) : asked;
  }
  const bound = mechanism.endsWith('-PLUS') ? { flag: 'p=tls-exporter', binding: exporterOf(client) } : {};
  const login = new ScramClient({ name, password, ...bound });
  const first = await client.say(`AUTH ${mechanism} ${base64(login.first())}`);
  if (first.code !== '334') return first;
  const final = await client.say(base64(login.final(challengeOf(first))));
  if (final.code !== '334') return final;
  login.hear(challengeOf(final));
  return client.say('');
}

/** RFC 9266. */
export function exporterOf({ socket }: SmtpClient): Buffer {
  assert.ok(socket instanceof TLSSocket);
  return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
}

export function challengeOf(heard: HeardReply): Buffer {
  expectCode(heard, '334');
  return Buffer.from(heard.lines[0] ?? '', 'base64');
}

export function base64(octets: string | Uint8Array): string {
  return Buffer.from(octets).toString('base64');
}

/** The only message of a mailbox. */
export async function onlyMessage({ store }: House, address: string): Promise<string> {
  const { id: account } = await done(store.showAccount(address));
  const { entries } = await store.listEntries({ account }, { count: 10 });
  const [entry, ...more] = entries;
  assert.ok(entry !== undefined && more.length === 0, `${entries.length} messages`);
  const chunks = await Array.fromAsync(await done(store.readEntry(account, entry.uid)));
  return Buffer.concat(chunks).toString();
}
