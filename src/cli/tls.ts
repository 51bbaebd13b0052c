/** `restante tls …` */
import { type Command, InvalidArgumentError } from 'commander';
import type { Language } from '../base/language.ts';
import type { Answer } from '../http/contract.ts';
import { CERTIFICATE_FAULTS, CERTIFICATE_WARNINGS } from './certificate-words.ts';
import { showTime } from './cli.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './failure.ts';
import type { CertificateFacts, TlsProbed, TlsTarget } from './tls-probed.ts';
import { speaker, type Say } from './words.ts';

const WORDS = {
  tls: { en: 'certificates, and TLS as clients meet it', ja: '証明書と TLS の状態を確認します' },
  show: { en: 'show the certificates of this server', ja: 'このサーバーの証明書を表示します' },
  check: {
    en: 'check the certificate files, then connect as a client; without an address, to the listeners of this server',
    ja: '証明書のファイルを調べ、クライアントとして接続して確認します。アドレスを省略するとこのサーバーに接続します',
  },
  starttls: {
    en: 'speak SMTP and STARTTLS first (as on ports 25 and 587)',
    ja: '先に SMTP で STARTTLS を行います (25 番や 587 番など)',
  },
  name: {
    en: 'the name to ask for, and to find in the certificate; else the host',
    ja: '求める名前です。証明書と照合します。省略時はホスト名を使います',
  },
  target: {
    en: 'expected HOST:PORT such as mail.example.org:465 or [::1]:2465.',
    ja: 'mail.example.org:465 や [::1]:2465 のように、ホスト:ポートの形で指定してください。',
  },
  none: {
    en: 'There is no certificate yet; the server makes one when it starts.',
    ja: '証明書はまだありません。サーバーが起動時に作成します。',
  },
  file: { en: 'certificate', ja: '証明書' },
  key: { en: 'key', ja: '秘密鍵' },
  own: { en: '{file} (made by this server)', ja: '{file} (このサーバーが作成)' },
  names: { en: 'names', ja: '名前' },
  subject: { en: 'subject', ja: '主体者' },
  issuer: { en: 'issuer', ja: '発行者' },
  selfSigned: { en: 'itself (self-signed)', ja: '自身 (自己署名)' },
  valid: { en: 'valid', ja: '有効期間' },
  days: { en: '{from} – {to} ({days} {days:day|days} left)', ja: '{from} – {to} (残り {days} 日)' },
  over: { en: '{from} – {to} (ended)', ja: '{from} – {to} (期限切れ)' },
  keyType: { en: 'key type', ja: '鍵の種類' },
  fingerprint: { en: 'SHA-256', ja: 'SHA-256' },
  used: { en: 'used', ja: '用途' },
  usedAll: { en: 'for every name that no other certificate has', ja: '他の証明書にないすべての名前' },
  usedNames: { en: 'for its names', ja: 'この証明書にある名前' },
  listeners: { en: 'listeners', ja: 'リスナー' },
  starttlsAt: { en: '{protocol} {address} (STARTTLS)', ja: '{protocol} {address} (STARTTLS)' },
  implicitAt: { en: '{protocol} {address} (TLS at once)', ja: '{protocol} {address} (接続時から TLS)' },
  problem: { en: 'PROBLEM', ja: '問題' },
  warning: { en: 'warning', ja: '警告' },
  faultOf: { en: '{file}: {why}', ja: '{file}: {why}' },
  stillServed: {
    en: '{file}: {why}. The server goes on with what it read before',
    ja: '{file}: {why}。サーバーは前に読み込んだものを使い続けます',
  },
  stopped: {
    en: 'The server is not running: only the files were looked at.',
    ja: 'サーバーは停止しています。ファイルだけを調べました。',
  },
  connection: { en: 'connection', ja: '接続' },
  spoken: { en: 'TLS', ja: 'TLS' },
  nameCheck: { en: 'name', ja: '名前の照合' },
  matches: { en: '{name}: matches', ja: '{name}: 一致' },
  differs: { en: '{name}: the certificate is for {names}', ja: '{name}: 証明書の名前は {names} です' },
  trust: { en: 'trust', ja: '信頼' },
  trusted: { en: 'by the well-known authorities', ja: '既知の認証局で検証できました' },
  untrusted: {
    en: 'not by the well-known authorities: {why}',
    ja: '既知の認証局では検証できません: {why}',
  },
  chain: { en: 'chain', ja: '証明書の数' },
  fine: { en: 'All is well.', ja: '問題ありません。' },
  wrong: { en: '{count} {count:problem|problems}.', ja: '問題が {count} 件あります。' },
  'no-connection': { en: 'no connection {detail}', ja: '接続できません {detail}' },
  timeout: { en: 'no answer in time', ja: '時間内に応答がありません' },
  'no-greeting': {
    en: 'it does not greet as an SMTP server: {detail}',
    ja: 'SMTP サーバーとして応答しません: {detail}',
  },
  'no-starttls': { en: 'it does not offer STARTTLS', ja: 'STARTTLS に対応していません' },
  'starttls-refused': { en: 'it refuses STARTTLS: {detail}', ja: 'STARTTLS を拒否しました: {detail}' },
  handshake: { en: 'the TLS handshake failed: {detail}', ja: 'TLS ハンドシェイクに失敗しました: {detail}' },
};

type Tls = Answer<'tls'>;
type Certificate = Tls['certificates'][number];

interface Checked {
  readonly target: TlsTarget;
  readonly probed: TlsProbed;
  readonly daysLeft: number | null;
  readonly problems: number;
}

const DAY = 86_400_000;

export function tlsCommands(program: Command, cli: Cli): void {
  const { console } = cli;
  const say = speaker(WORDS, console.language);
  const tls = program.command('tls').description(say('tls'));
  tls
    .command('show')
    .description(say('show'))
    .action(async () => {
      const found = await (await cli.api()).call('tls');
      await console.result(found, () => new Page(cli).show(found));
    });
  tls
    .command('check [address]')
    .description(say('check'))
    .option('--starttls', say('starttls'))
    .option('--name <host>', say('name'))
    .action(async (address: string | undefined, given: { starttls?: true; name?: string }) => {
      await check(cli, address === undefined ? null : readTarget(address, given, say('target')), given.name);
    });
}

async function check(cli: Cli, given: TlsTarget | null, name: string | undefined): Promise<void> {
  const { console, host } = cli;
  const found = given === null ? await (await cli.api()).call('tls') : null;
  const targets = given === null ? (found === null ? [] : ownTargets(found, name)) : [given];
  const checked: Checked[] = [];
  for (const target of targets) {
    const probed = await host.probeTls(target);
    checked.push(judge(target, probed, host.now()));
  }
  const certificates = found?.certificates ?? [];
  const problems =
    checked.reduce((sum, one) => sum + one.problems, 0) +
    certificates.filter(({ fault, warnings }) => fault !== null || warnings.includes('ended')).length;
  const value = { problems, certificates, checked };
  await console.result(value, () => new Page(cli).checked(value, found?.running === false));
  if (problems > 0) process.exitCode = EXIT.failure;
}

function judge(target: TlsTarget, probed: TlsProbed, now: number): Checked {
  if (!probed.ok) return { target, probed, daysLeft: null, problems: 1 };
  const { validTo } = probed.chain[0];
  const problems = (probed.nameMatches ? 0 : 1) + (validTo <= now ? 1 : 0);
  return { target, probed, daysLeft: Math.floor((validTo - now) / DAY), problems };
}

/** Where this server can be reached from here. */
function ownTargets({ listeners, hostname }: Tls, name = hostname): readonly TlsTarget[] {
  return listeners.flatMap(({ address, tls }) => {
    const found = parseAddress(address);
    if (found === null) return [];
    const host = found.host === '0.0.0.0' ? '127.0.0.1' : found.host === '::' ? '::1' : found.host;
    return [{ host, port: found.port, tls, name }];
  });
}

/** Ports on which TLS begins with STARTTLS, unless it is said otherwise. */
const STARTTLS_PORTS: ReadonlySet<number> = new Set([25, 587, 2525, 2587]);

function readTarget(
  text: string,
  { starttls, name }: { readonly starttls?: true; readonly name?: string },
  expected: string,
): TlsTarget {
  const found = parseAddress(text);
  if (found === null) throw new InvalidArgumentError(expected);
  const tls = starttls === true || STARTTLS_PORTS.has(found.port) ? 'starttls' : 'implicit';
  return { ...found, tls, name: name ?? found.host };
}

function parseAddress(text: string): { readonly host: string; readonly port: number } | null {
  const found = /^(?:\[([0-9a-f:.]{2,45})\]|([\w.-]{1,255})):(\d{1,5})$/i.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port < 1 || port > 65_535) return null;
  return { host: found[1] ?? found[2] ?? '', port };
}

/** Tables for people. */
class Page {
  readonly #cli: Cli;
  readonly #language: Language;
  readonly #say: Say<typeof WORDS>;

  constructor(cli: Cli) {
    this.#cli = cli;
    this.#language = cli.console.language;
    this.#say = speaker(WORDS, this.#language);
  }

  async show({ certificates, listeners }: Tls): Promise<void> {
    const say = this.#say;
    for (const one of certificates) await this.#block(this.#rowsOf(one));
    if (certificates.length === 0) this.#cli.console.line(say('none'));
    if (listeners.length > 0) {
      await this.#block(
        listeners.map(({ protocol, address, tls }, at) => [
          at === 0 ? say('listeners') : '',
          say(tls === 'starttls' ? 'starttlsAt' : 'implicitAt', { protocol, address }),
        ]),
      );
    }
  }

  async checked(
    {
      problems,
      certificates,
      checked,
    }: { problems: number; certificates: readonly Certificate[]; checked: readonly Checked[] },
    isStopped: boolean,
  ): Promise<void> {
    const say = this.#say;
    const { console } = this.#cli;
    for (const one of certificates)
      await this.#block([[say('file'), one.certificate], [say('key'), one.key], ...this.#complaints(one)]);
    for (const one of checked) await this.#block(this.#probedRows(one));
    if (isStopped) console.note(say('stopped'));
    console.line(problems === 0 ? say('fine') : say('wrong', { count: problems }));
  }

  #rowsOf(one: Certificate): (readonly [string, string])[] {
    const say = this.#say;
    const { facts } = one;
    return [
      [say('file'), one.isOwn ? say('own', { file: one.certificate }) : one.certificate],
      [say('key'), one.key],
      ...(facts === null ? [] : this.#factRows(facts)),
      [say('used'), say(one.isDefault ? 'usedAll' : 'usedNames')],
      ...this.#complaints(one),
    ];
  }

  #factRows(facts: CertificateFacts): (readonly [string, string])[] {
    const say = this.#say;
    return [
      [say('names'), facts.names.join(', ')],
      [say('subject'), safe(facts.subject)],
      [say('issuer'), facts.isSelfSigned ? say('selfSigned') : safe(facts.issuer)],
      [say('valid'), this.#validity(facts)],
      [say('keyType'), facts.keyType],
      [say('fingerprint'), facts.sha256],
    ];
  }

  #complaints({ fault, warnings, facts }: Certificate): (readonly [string, string])[] {
    const say = this.#say;
    const rows = warnings.map(
      (warning) => [say('warning'), CERTIFICATE_WARNINGS[warning][this.#language]] as const,
    );
    if (fault === null) return rows;
    const why = CERTIFICATE_FAULTS[fault.reason][this.#language];
    const word = facts === null ? 'faultOf' : 'stillServed';
    return [...rows, [say('problem'), say(word, { file: fault.file, why })]];
  }

  #probedRows({ target, probed }: Checked): (readonly [string, string])[] {
    const say = this.#say;
    const { host, port, tls, name } = target;
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    const word = tls === 'starttls' ? 'starttlsAt' : 'implicitAt';
    const head = [say('connection'), say(word, { protocol: '', address }).trim()] as const;
    if (!probed.ok) return [head, [say('problem'), say(probed.reason, { detail: probed.detail }).trim()]];
    const [own] = probed.chain;
    const names = own.names.length === 0 ? safe(own.subject) : own.names.join(', ');
    return [
      head,
      [say('spoken'), `${probed.protocol} ${probed.cipher}`],
      ...this.#factRows(own),
      [say('chain'), String(probed.chain.length)],
      [say('nameCheck'), say(probed.nameMatches ? 'matches' : 'differs', { name, names })],
      [say('trust'), probed.distrust === null ? say('trusted') : say('untrusted', { why: probed.distrust })],
    ];
  }

  #validity({ validFrom, validTo }: CertificateFacts): string {
    const [from, to] = [showTime(validFrom).slice(0, 10), showTime(validTo).slice(0, 10)];
    const days = Math.floor((validTo - this.#cli.host.now()) / DAY);
    return this.#say(days < 0 ? 'over' : 'days', { from, to, days });
  }

  async #block(rows: readonly (readonly [string, string])[]): Promise<void> {
    const [first, ...others] = rows;
    if (first === undefined) return;
    const { console } = this.#cli;
    await console.table([{ head: first[0] }, { head: first[1] }], others);
    console.line('');
  }
}

/** Names in a certificate are whatever somebody wrote there. */
function safe(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?').slice(0, 300);
}
