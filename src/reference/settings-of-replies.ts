/** Which settings decide whether, or when, this server sends a reply. Replies that no setting governs are not in it. */
import type { ReplyName } from '../replies/register.ts';

const SPACE = ['storage.redFloor', 'storage.redShare', 'storage.redInodes'];
const BLACK = ['storage.blackFloor', 'storage.blackShare', 'storage.blackInodes'];

// prettier-ignore
export const SETTINGS_OF_REPLIES: Readonly<Partial<Record<ReplyName, readonly string[]>>> = {
  greeting:                      ['hostname'],
  'greeting-lmtp':               ['hostname'],
  hello:                         ['hostname'],
  help:                          ['help.level', 'help.freePerSession', 'help.contact', 'help.referenceUrl'],
  'help-status':                 ['help.level'],
  'help-is-off':                 ['help.level'],
  'too-many-helps':              ['help.maxPerSession'],
  'not-accepting':               BLACK,
  'shutting-down':               ['smtp.stopGrace'],
  'timed-out':                   ['smtp.commandTimeout', 'smtp.dataTimeout'],
  'session-too-long':            ['smtp.sessionTimeout'],
  'too-slow':                    ['smtp.dataRateMin'],
  'no-more-sessions':            ['smtp.connectionMax'],
  'too-many-connections':        ['smtp.connectionMaxPerNetwork'],
  'too-many-errors':             ['smtp.errorMax'],
  'too-many-transactions':       ['smtp.mailMax'],
  'slow-down':                   ['storage.clientHoldMessages'],
  'storage-full':                [...SPACE, 'storage.postmasterLane', 'storage.refuseAtData', 'quota.server'],
  'mailbox-full':                ['quota.mailbox', 'quota.messages', 'quota.revealAtRcpt'],
  'mailbox-short':               ['quota.mailbox'],
  'domain-full':                 ['quota.domain'],
  'too-many-recipients':         ['smtp.recipientMax'],
  'recipients-forbidden':        ['smtp.recipientForbiddenAt'],
  'bare-line-end':               ['smtp.bareLineEnds'],
  'text-line-too-long':          ['smtp.lineLengthMax'],
  'proxy-denied':                ['smtp.proxyNetworks'],
  'submission-rate':             ['submission.messagesPerHour', 'submission.recipientsPerHour'],
  'from-not-yours':              ['submission.checkFrom'],
  'header-malformed':            ['submission.checkFrom'],
  'mailbox-abandoned':           ['quota.permanentAfter'],
  'message-too-big-for-mailbox': ['quota.mailbox'],
  'message-too-big':             ['smtp.messageSizeMax'],
  'header-too-big':              ['smtp.headerSizeMax'],
};
