/**
 * Postfix with virtual delivery into a maildir: an instance of its own, with its configuration, queue and
 * mail below the folder, set up for speed on loopback. It never touches the system's instance.
 *
 * It is timed by when it has *accepted*, which is before it has delivered; what delivery costs shows in
 * its CPU time, for `settled` waits for an empty queue.
 */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onPath } from '../machine.ts';
import { freePort, greeted, start } from '../processes.ts';
import type { Peer } from './peer.ts';

const PROCESS_LIMIT = 300;
const IDLE_SESSIONS_MAX = 150; // each is a process
const MAIL_USER = 'nobody';

export const postfix: Peer = {
  name: 'postfix',
  sessionsMax: IDLE_SESSIONS_MAX,
  oneProcess: false,
  missing: () => {
    if (!onPath('postfix')) return 'Postfix is not installed: apt-get install postfix';
    return process.getuid?.() === 0 ? null : 'Postfix starts as root only';
  },
  start: async (folder) => {
    const port = await freePort();
    const queue = path.join(folder, 'queue');
    const mail = path.join(folder, 'mail');
    configure(folder, port);
    const etc = path.join(folder, 'etc');
    execFileSync('postfix', ['-c', etc, 'check'], { stdio: ['ignore', 'ignore', 'pipe'] }); // makes the folders of the queue
    const daemons = execFileSync('postconf', ['-c', etc, '-h', 'daemon_directory'], { encoding: 'utf8' });
    const program = await start({
      file: path.join(daemons.trim(), 'master'),
      args: ['-c', etc, '-d'],
      log: path.join(folder, 'postfix.log'),
      isGroup: true,
    });
    await greeted(program, port);
    return {
      port,
      pid: program.pid,
      settled: async () => {
        while (!isQueueEmpty(queue)) await sleep(50);
      },
      empty: async () => {
        await rm(path.join(mail, 'box'), { recursive: true, force: true });
      },
      stop: () => program.stop('SIGTERM'),
    };
  },
};

function isQueueEmpty(queue: string): boolean {
  return ['maildrop', 'incoming', 'active', 'deferred'].every(
    (name) =>
      !readdirSync(path.join(queue, name), { recursive: true, withFileTypes: true }).some((entry) =>
        entry.isFile(),
      ),
  );
}

function configure(folder: string, port: number): void {
  for (const name of ['etc', 'queue', 'lib', 'mail']) mkdirSync(path.join(folder, name), { recursive: true });
  const uid = idOf(MAIL_USER, '-u');
  const gid = idOf(MAIL_USER, '-g');
  chownSync(path.join(folder, 'mail'), uid, gid);
  chownSync(path.join(folder, 'lib'), idOf('postfix', '-u'), 0);
  writeFileSync(path.join(folder, 'etc', 'main.cf'), mainCf(folder, uid, gid));
  writeFileSync(path.join(folder, 'etc', 'master.cf'), masterCf(port));
}

function idOf(user: string, which: '-u' | '-g'): number {
  return Number(execFileSync('id', [which, user], { encoding: 'utf8' }));
}

function mainCf(folder: string, uid: number, gid: number): string {
  const settings = {
    compatibility_level: '3.6',
    queue_directory: `${folder}/queue`,
    data_directory: `${folder}/lib`,
    myhostname: 'postfix.bench.example',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    smtpd_peername_lookup: 'no',
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
    alias_maps: '',
    alias_database: '',
    local_recipient_maps: '',
    // Delivery.
    virtual_mailbox_domains: 'localhost',
    virtual_mailbox_base: `${folder}/mail`,
    virtual_mailbox_maps: 'static:box/',
    virtual_uid_maps: `static:${uid}`,
    virtual_gid_maps: `static:${gid}`,
    virtual_minimum_uid: '1',
    // No limits that this load could meet.
    message_size_limit: '0',
    mailbox_size_limit: '0',
    virtual_mailbox_limit: '0',
    queue_minfree: '0',
    in_flow_delay: '0',
    default_process_limit: `${PROCESS_LIMIT}`,
    initial_destination_concurrency: '20',
    smtpd_client_connection_count_limit: '0', // at 0, anvil is not asked
    smtpd_client_connection_rate_limit: '0',
    smtpd_client_message_rate_limit: '0',
    smtpd_client_recipient_rate_limit: '0',
    smtpd_timeout: '1800s',
    max_use: '1000000',
    max_idle: '1800s',
    // With no syslog on the machine, logging costs nothing; else it must not flood the system's log.
    ...(existsSync('/dev/log') ? { maillog_file: `${folder}/mail.log`, maillog_file_prefixes: folder } : {}),
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

/** None in a chroot, no TLS, and only what one message from SMTP to a maildir passes. */
function masterCf(port: number): string {
  return [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'virtual unix - n n - - virtual',
    'anvil unix - - n - 1 anvil',
    'postlog unix-dgram n - n - 1 postlogd',
    '',
  ].join('\n');
}
