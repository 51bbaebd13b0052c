/** A Postfix of our own on loopback: its own configuration, queue and log in a temporary folder; never the system's. */
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { atExit } from './at-exit.ts';
import { type Folder, temporaryFolder } from './folder.ts';
import { freePort } from './server.ts';
import { must, run } from './tools.ts';

export interface Waiting {
  readonly address: string;
  readonly delay_reason?: string;
}

/** What it answers instead of 250, by address. */
export interface Access {
  readonly recipients?: Readonly<Record<string, string>>;
  readonly senders?: Readonly<Record<string, string>>;
  readonly recipientMax?: number;
}

export class Postfix implements AsyncDisposable {
  /** Where it takes mail. */
  readonly port: number;
  readonly #folder: Folder;
  readonly #config: string;
  readonly #forget: () => void;

  private constructor(port: number, folder: Folder, config: string) {
    this.port = port;
    this.#folder = folder;
    this.#config = config;
    this.#forget = atExit(() => {
      const master = Number(readFileSync(join(folder.path, 'q/pid/master.pid'), 'utf8'));
      process.kill(master, 'SIGTERM');
    });
  }

  /** Passes all mail on to that port. */
  static relayingTo(target: number): Promise<Postfix> {
    return Postfix.start(RELAYING.replace('{target}', String(target)));
  }

  /** Takes mail for peer.example, and drops it; `access` says for which recipients and senders it answers otherwise. */
  static receiving(access: Access = {}): Promise<Postfix> {
    const recipients = Object.keys(access.recipients ?? {}).length > 0;
    const senders = Object.keys(access.senders ?? {}).length > 0;
    return Postfix.start(`${RECEIVING}
smtpd_recipient_restrictions = ${recipients ? `check_recipient_access ${table(access.recipients)} ` : ''}permit_mynetworks reject
${senders ? `smtpd_sender_restrictions = check_sender_access ${table(access.senders)}` : ''}
smtpd_recipient_limit = ${access.recipientMax ?? 1000}
`);
  }

  private static async start(settings: string): Promise<Postfix> {
    const folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    const [config, queue, data] = ['c', 'q', 'd'].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ];
    for (const path of [config, queue, data]) mkdirSync(path);
    const owner = Number((await must('id', ['-u', 'postfix'])).trim());
    chownSync(data, owner, owner);
    const port = await freePort();
    writeFileSync(join(config, 'main.cf'), mainCf({ queue, data, settings, log: join(folder.path, 'log') }));
    writeFileSync(join(config, 'master.cf'), masterCf(port));
    await must('postfix', ['-c', config, 'start']);
    const postfix = new Postfix(port, folder, config);
    await postfix.#listening();
    return postfix;
  }

  get log(): string {
    return readFileSync(join(this.#folder.path, 'log'), 'utf8');
  }

  /** Recipients it still has mail for. */
  async waiting(): Promise<readonly Waiting[]> {
    const lines = (await must('postqueue', ['-c', this.#config, '-j'])).trim().split('\n');
    return lines
      .filter((line) => line !== '')
      .flatMap((line) => (JSON.parse(line) as { recipients: Waiting[] }).recipients);
  }

  /** Tries everything again now. */
  async flush(): Promise<void> {
    await must('postqueue', ['-c', this.#config, '-f']);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run('postfix', ['-c', this.#config, 'stop']);
    this.#forget();
    this.#folder[Symbol.dispose]();
  }

  async #listening(): Promise<void> {
    for (let i = 0; i < 200; i++) {
      const { status } = await run(
        'bash',
        ['-c', `exec 3<>/dev/tcp/127.0.0.1/${this.port} && head -c 3 <&3`],
        { timeoutMs: 5000 },
      );
      if (status === 0) return;
      await pause(50);
    }
    throw new Error(`postfix does not listen:\n${this.log}`);
  }
}

function mainCf(of: { queue: string; data: string; settings: string; log: string }): string {
  return `compatibility_level = 3.6
queue_directory = ${of.queue}
data_directory = ${of.data}
maillog_file = ${of.log}
maillog_file_prefixes = /tmp, /var
myhostname = relay.example
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtputf8_enable = no
${of.settings}`;
}

function table(rows: Readonly<Record<string, string>> = {}): string {
  const all = Object.entries(rows).map(([who, reply]) => `{ ${who} = ${reply} }`);
  return `inline:{ ${all.join(' ')} }`;
}

const RELAYING = `relayhost = [127.0.0.1]:{target}
smtp_host_lookup = native
smtp_destination_recipient_limit = 1000
smtpd_recipient_limit = 1000
default_destination_concurrency_limit = 2
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 1s
`;

const RECEIVING = `virtual_mailbox_domains = peer.example
virtual_mailbox_maps = static:all
virtual_transport = discard
smtpd_delay_reject = no
`;

function masterCf(port: number): string {
  return `127.0.0.1:${port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;
}
