/** Parameters of MAIL and RCPT: RFC 5321 §4.1.2, `esmtp-param`, and what each of ours may say. */
import { isAscii, isSpeakable } from '../address/text.ts';
import { reply, type Reply } from '../replies/register.ts';
import type { MailParameters, Notify, RecipientParameters } from './command.ts';
import { ENVID_OCTETS_MAX, ORCPT_OCTETS_MAX } from './limits.ts';
import { decodeXtext } from './xtext.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What is said after the reverse-path, and nothing of the reverse-path. */
export type MailOptions = Omit<MailParameters, 'reversePath'>;
export type RecipientOptions = Omit<RecipientParameters, 'forwardPath'>;

/** Of the 500 that AUTH= adds to the line: RFC 4954 §3. */
const SUBMITTER_OCTETS_MAX = 500 - ' AUTH='.length;

const NO_MAIL_OPTIONS: MailOptions = { size: null, body: '7BIT', smtputf8: false, ret: null, envid: null };
const NO_RECIPIENT_OPTIONS: RecipientOptions = { notify: null, orcpt: null };

/** Which parameters MAIL may have: after EHLO, and where AUTH is spoken. */
export interface MailMay {
  readonly esmtp: boolean;
  readonly auth: boolean;
}

/** `text` from `at`: nothing, or a space and parameters. */
export function parseMailOptions(text: string, at: number, { esmtp, auth }: MailMay): MailOptions | Reply {
  if (at === text.length) return NO_MAIL_OPTIONS;
  const options: Mutable<MailOptions> = { ...NO_MAIL_OPTIONS };
  const refusal = eachParameter(text, at, (keyword, value, again) => {
    if (keyword === 'SIZE') {
      if (!esmtp) return reply('size-needs-ehlo');
      const size = again ? null : parseSize(value);
      if (size === null) return reply('bad-size');
      options.size = size;
      return null;
    }
    if (!esmtp) return reply('parameters-need-ehlo');
    switch (keyword) {
      case 'BODY': {
        const body = value?.toUpperCase();
        if (again || (body !== '7BIT' && body !== '8BITMIME' && body !== 'BINARYMIME')) return badValue();
        options.body = body;
        return null;
      }
      case 'SMTPUTF8':
        if (again || value !== null) return badValue();
        options.smtputf8 = true;
        return null;
      case 'RET': {
        const ret = value?.toUpperCase();
        if (again || (ret !== 'FULL' && ret !== 'HDRS')) return badValue();
        options.ret = ret;
        return null;
      }
      case 'ENVID': {
        const envid = value === null || value.length > ENVID_OCTETS_MAX ? null : decodeXtext(value);
        if (again || envid === null || envid === '') return badValue();
        options.envid = envid;
        return null;
      }
      case 'AUTH': {
        // RFC 4954 §5: no client is trusted to speak for another, so whatever it says is taken as `<>`.
        if (!auth) return reply('unknown-parameter');
        const submitter =
          value === null || value.length > SUBMITTER_OCTETS_MAX ? '' : (decodeXtext(value) ?? '');
        return again || submitter === '' ? badValue() : null;
      }
      default:
        return reply('unknown-parameter');
    }
  });
  return refusal ?? options;
}

export function parseRecipientOptions(text: string, at: number, esmtp: boolean): RecipientOptions | Reply {
  if (at === text.length) return NO_RECIPIENT_OPTIONS;
  const options: Mutable<RecipientOptions> = { ...NO_RECIPIENT_OPTIONS };
  const refusal = eachParameter(text, at, (keyword, value, again) => {
    if (!esmtp) return reply('parameters-need-ehlo');
    switch (keyword) {
      case 'NOTIFY': {
        const notify = parseNotify(value ?? '');
        if (again || notify === null) return badValue();
        options.notify = notify;
        return null;
      }
      case 'ORCPT': {
        const orcpt = parseOrcpt(value ?? '');
        if (again || orcpt === null) return badValue();
        options.orcpt = orcpt;
        return null;
      }
      default:
        return reply('unknown-parameter');
    }
  });
  return refusal ?? options;
}

const KEYWORD = /^[a-z\d][a-z\d-]*$/i;

/** Hands each `SP keyword [= value]` to `take`, until one is refused. At `at` stands a space. */
function eachParameter(
  text: string,
  at: number,
  take: (keyword: string, value: string | null, again: boolean) => Reply | null,
): Reply | null {
  const seen: string[] = [];
  for (const parameter of text.slice(at + 1).split(' ')) {
    const equals = parameter.indexOf('=');
    const keyword = equals < 0 ? parameter : parameter.slice(0, equals);
    const value = equals < 0 ? null : parameter.slice(equals + 1);
    if (!KEYWORD.test(keyword)) return badValue();
    const name = keyword.toUpperCase();
    const refusal = take(name, value, seen.includes(name));
    if (refusal !== null) return refusal;
    seen.push(name);
  }
  return null;
}

/** RFC 1870 §6: `1*20DIGIT`. Beyond 2^53 it is not exact, and too big by any measure. */
function parseSize(value: string | null): number | null {
  return value !== null && /^\d{1,20}$/.test(value) ? Number(value) : null;
}

/** RFC 3461 §4.1. */
function parseNotify(value: string): Notify | null {
  const words = value.toUpperCase().split(',');
  if (words.length === 1 && words[0] === 'NEVER') return 'NEVER';
  const wanted: Exclude<Notify, 'NEVER'>[number][] = [];
  for (const word of words) {
    if (word !== 'SUCCESS' && word !== 'FAILURE' && word !== 'DELAY') return null;
    if (!wanted.includes(word)) wanted.push(word);
  }
  return wanted;
}

/** RFC 3461 §4.2; an address of type utf-8 stays as it came: RFC 6533 §3. */
function parseOrcpt(value: string): string | null {
  const semicolon = value.indexOf(';');
  const type = value.slice(0, Math.max(semicolon, 0));
  if (value.length > ORCPT_OCTETS_MAX || !KEYWORD.test(type)) return null;
  const xtext = value.slice(semicolon + 1);
  if (type.toLowerCase() === 'utf-8' && isSpeakable(xtext) && xtext !== '') return `${type};${xtext}`;
  const address = isAscii(xtext) ? decodeXtext(xtext) : null;
  return address === null || address === '' ? null : `${type};${address}`;
}

function badValue(): Reply {
  return reply('bad-parameter-value');
}
