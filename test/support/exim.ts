/** Debian's Exim as a plain process on loopback: its own configuration, spool and log in a temporary folder; never the system's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { atExit } from './at-exit.ts';
import { type Folder, temporaryFolder } from './folder.ts';
import { freePort } from './server.ts';
import { must, TOOL_ENVIRONMENT } from './tools.ts';

/** The name that Debian has built into it; it will not start where there is no such user. */
export const EXIM_USER = 'Debian-exim';
/** Whose mail it keeps. */
export const EXIM_DOMAIN = 'exim.example';

export interface EximOptions {
  /** The port where mail for all other domains goes. */
  readonly target: number;
  /** What it answers instead of 250 at RCPT, by address. */
  readonly recipients?: Readonly<Record<string, string>>;
  readonly recipientMax?: number;
}

const STOP_MS = 5000;

export class Exim implements AsyncDisposable {
  /** Where it takes mail. */
  readonly port: number;
  readonly #folder: Folder;
  readonly #child: ChildProcess;
  readonly #forget: () => void;

  private constructor(port: number, folder: Folder, child: ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#child = child;
    this.#forget = atExit(() => this.#signal('SIGKILL'));
  }

  static async start(options: EximOptions): Promise<Exim> {
    const folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    const [user, group] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await must('id', [flag, EXIM_USER])).trim())),
    );
    for (const name of ['spool', 'log', 'mail']) {
      mkdirSync(join(folder.path, name));
      chownSync(join(folder.path, name), user ?? 0, group ?? 0);
    }
    const port = await freePort();
    const config = join(folder.path, 'exim.conf');
    const path = (await must('sh', ['-c', 'command -v exim4'])).trim();
    writeFileSync(config, configOf(folder.path, path, port, options));
    // In a group of its own, so that what it starts for deliveries ends with it.
    const child = spawn(path, ['-C', config, '-bdf', '-q1s'], {
      detached: true,
      stdio: 'ignore',
      env: TOOL_ENVIRONMENT,
    });
    const exim = new Exim(port, folder, child);
    await exim.#listening();
    return exim;
  }

  get log(): string {
    return this.#read('log/main');
  }

  /** Whole messages in a mailbox of its own. */
  mailbox(name: string): readonly string[] {
    const folder = join(this.#folder.path, 'mail', name, 'new');
    return existsSync(folder)
      ? readdirSync(folder).map((file) => this.#read(`mail/${name}/new/${file}`))
      : [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#signal('SIGTERM');
    await Promise.race([ended, pause(STOP_MS, null, { ref: false })]);
    this.#signal('SIGKILL');
    this.#forget();
    this.#folder[Symbol.dispose]();
  }

  #read(name: string): string {
    const path = join(this.#folder.path, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-(this.#child.pid ?? 0), signal);
    } catch {
      // It has ended already, with all it had started.
    }
  }

  async #listening(): Promise<void> {
    for (let i = 0; i < 200; i++) {
      if (this.#child.exitCode !== null) break;
      if (this.log.includes('daemon started')) return;
      await pause(50);
    }
    throw new Error(`exim does not listen:\n${this.log}\n${this.#read('log/panic')}`);
  }
}

function configOf(
  folder: string,
  path: string,
  port: number,
  { target, recipients = {}, recipientMax = 1000 }: EximOptions,
): string {
  const answers = Object.entries(recipients).map(
    ([who, says]) =>
      `  ${says.startsWith('5') ? 'deny' : 'defer'} recipients = ${who}\n    message = ${says}\n`,
  );
  return `exim_path = ${path}
primary_hostname = ${EXIM_DOMAIN}
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%s
pid_file_path = ${folder}/spool/daemon.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
# It is no setuid program here: it stays who it is.
deliver_drop_privilege = true
recipients_max = ${recipientMax}
smtp_accept_max_per_connection = 1000
host_lookup =
rfc1413_hosts =
dns_dnssec_ok = 0
acl_smtp_rcpt = rcpt
acl_smtp_data = accept

begin acl
rcpt:
${answers.join('')}  accept

begin routers
own:
  driver = accept
  domains = ${EXIM_DOMAIN}
  transport = mailbox
others:
  driver = manualroute
  route_list = * 127.0.0.1::${target}
  self = send
  transport = smtp

begin transports
mailbox:
  driver = appendfile
  directory = ${folder}/mail/$local_part_data
  maildir_format
  create_directory
smtp:
  driver = smtp
  # It would not greet by its name from loopback otherwise, and no certificate here is known to it.
  helo_data = ${EXIM_DOMAIN}
  tls_verify_hosts =
  tls_try_verify_hosts =

begin retry
* * F,1h,1s
`;
}
