/** Which messages: the options that the `mail` commands share. */
import type { Command } from 'commander';
import type { MessageQuery } from '../http/contract.ts';
import { Readers } from './cli.ts';
import type { Cli } from './cli.ts';
import { speaker } from './words.ts';

const WORDS = {
  mailbox: { en: 'of this account', ja: 'このアカウントのものに絞ります' },
  domain: { en: 'of this domain', ja: 'このドメインのものに絞ります' },
  older: {
    en: 'received longer ago than this: 30d, 12h',
    ja: 'これより前に受信したものに絞ります (30d、12h)',
  },
  newer: { en: 'received within this time', ja: 'この期間内に受信したものに絞ります' },
  larger: { en: 'larger than this: 1MB', ja: 'これより大きいものに絞ります (1MB)' },
  smaller: { en: 'smaller than this', ja: 'これより小さいものに絞ります' },
  uid: { en: 'with these UIDs: 3 or 1,4-9', ja: 'この UID のものに絞ります (3、1,4-9)' },
  from: {
    en: 'with this reverse-path; "<>" is the null one',
    ja: 'この差出人 (MAIL FROM) のものに絞ります。"<>" は空の差出人です',
  },
};

export interface CriteriaOptions {
  readonly mailbox?: string;
  readonly domain?: string;
  readonly older?: number;
  readonly newer?: number;
  readonly larger?: number;
  readonly smaller?: number;
  readonly uid?: string;
  readonly from?: string;
}

export function withCriteria(command: Command, cli: Cli): Command {
  const say = speaker(WORDS, cli.console.language);
  const read = new Readers(cli.console.language);
  return command
    .option('-m, --mailbox <address>', say('mailbox'))
    .option('--domain <domain>', say('domain'))
    .option('--older <age>', say('older'), read.age)
    .option('--newer <age>', say('newer'), read.age)
    .option('--larger <size>', say('larger'), read.octets)
    .option('--smaller <size>', say('smaller'), read.octets)
    .option('--uid <uids>', say('uid'), read.uids)
    .option('--from <address>', say('from'));
}

export function queryOf(address: string | undefined, options: CriteriaOptions, now: number): MessageQuery {
  const { mailbox = address, domain, older, newer, larger, smaller, uid, from } = options;
  return {
    ...(mailbox === undefined ? {} : { address: mailbox }),
    ...(domain === undefined ? {} : { domain }),
    ...(older === undefined ? {} : { before: now - older }),
    ...(newer === undefined ? {} : { since: now - newer }),
    ...(larger === undefined ? {} : { largerThan: larger }),
    ...(smaller === undefined ? {} : { smallerThan: smaller }),
    ...(uid === undefined ? {} : { uids: uid }),
    ...(from === undefined ? {} : { reversePath: from === '<>' ? '' : from }),
  };
}
