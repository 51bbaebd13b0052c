/** How long a command line may be: RFC 5321 §4.5.3.1.4, and what each extension adds to it. With the CRLF. */

export const COMMAND_LINE_OCTETS_MAX = 512;

/** A path with its brackets: RFC 5321 §4.5.3.1.3. */
export const PATH_OCTETS_MAX = 256;

export const ENVID_OCTETS_MAX = 100; // RFC 3461 §4.4
export const ORCPT_OCTETS_MAX = 500; // RFC 3461 §4.2
export const TOPIC_OCTETS_MAX = 128;

// prettier-ignore
const MAIL_ADDED =
  26 + // SIZE: RFC 1870 §3
  17 + // BODY: RFC 6152 §2
  10 + // SMTPUTF8: RFC 6531 §3.1
  ' RET=FULL'.length + ' ENVID='.length + ENVID_OCTETS_MAX + // RFC 3461 §4
  500; // AUTH: RFC 4954 §3

/** Octets of a line of AUTH, and of each line of its exchange: RFC 4954 §4. */
export const AUTH_LINE_OCTETS_MAX = 12288;

const RCPT_ADDED = ' ORCPT='.length + ORCPT_OCTETS_MAX + ' NOTIFY=SUCCESS,FAILURE,DELAY'.length; // RFC 3461 §4

/** Octets of a command line, with CRLF, beyond which it is refused. */
export function commandLengthMax(verb: string): number {
  switch (verb) {
    case 'MAIL':
      return COMMAND_LINE_OCTETS_MAX + MAIL_ADDED;
    case 'RCPT':
      return COMMAND_LINE_OCTETS_MAX + RCPT_ADDED;
    case 'AUTH':
      return AUTH_LINE_OCTETS_MAX;
    case 'VRFY':
    case 'EXPN':
      return COMMAND_LINE_OCTETS_MAX + 10; // SMTPUTF8: RFC 6531 §3.1
    default:
      return COMMAND_LINE_OCTETS_MAX;
  }
}
