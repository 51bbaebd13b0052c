/** What a message needs of a peer, and how it is told at MAIL: decided before anything is tried (RFC 1870, 3030, 6152, 6531, 3461). */
import { type MailToSay, needsUtf8 } from './client-command.ts';
import type { TextInspector } from './client-data.ts';
import type { PeerExtensions } from './client-extensions.ts';

export interface MailNeeds {
  readonly reversePath: string;
  /** Octets of the mail object. */
  readonly size: number;
  /** As it was declared when it came. */
  readonly body: '7BIT' | '8BITMIME' | 'BINARYMIME';
  readonly smtputf8: boolean;
  readonly ret: 'FULL' | 'HDRS' | null;
  readonly envid: string | null;
}

export type Negotiated =
  | { readonly type: 'agreed'; readonly mail: MailToSay }
  /** The peer cannot take what was declared. Does the text need it at all? Read it, and ask again. */
  | { readonly type: 'inspect' }
  | { readonly type: 'unsupported'; readonly what: 'smtputf8' | '8bitmime' | 'binarymime' | 'size' };

export function negotiate(
  needs: MailNeeds,
  peer: PeerExtensions,
  text: Pick<TextInspector, 'eightBit' | 'eightBitHeader' | 'binary'> | null,
): Negotiated {
  if (peer.sizeMax !== null && needs.size > peer.sizeMax) return unsupported('size');
  const utf8Path = needsUtf8(needs.reversePath);
  const lacksUtf8 = (needs.smtputf8 || utf8Path) && !peer.smtputf8;
  if (lacksUtf8 && utf8Path) return unsupported('smtputf8');
  const lacksBinary = needs.body === 'BINARYMIME' && !peer.binaryMime;
  const lacks8Bit = needs.body !== '7BIT' && !peer.eightBitMime && (lacksBinary || needs.body === '8BITMIME');
  if (text === null && (lacksUtf8 || lacksBinary || lacks8Bit)) return { type: 'inspect' };
  if (lacksUtf8 && text?.eightBitHeader === true) return unsupported('smtputf8');
  if (lacksBinary && text?.binary === true) return unsupported('binarymime');
  if (lacks8Bit && text?.eightBit === true) return unsupported('8bitmime');
  const body =
    needs.body === 'BINARYMIME' && !lacksBinary
      ? 'BINARYMIME'
      : needs.body !== '7BIT' && peer.eightBitMime
        ? '8BITMIME'
        : null;
  return {
    type: 'agreed',
    mail: {
      reversePath: needs.reversePath,
      size: peer.size ? needs.size : null,
      body,
      smtputf8: peer.smtputf8 && (needs.smtputf8 || utf8Path),
      ret: peer.dsn ? needs.ret : null,
      envid: peer.dsn ? needs.envid : null,
    },
  };
}

function unsupported(what: 'smtputf8' | '8bitmime' | 'binarymime' | 'size'): Negotiated {
  return { type: 'unsupported', what };
}
