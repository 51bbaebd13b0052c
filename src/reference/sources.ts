/** Links to where a code is defined. */
import type { Reference } from '../replies/catalogue.ts';
import type { Inline } from './document.ts';
import { link } from './inlines.ts';
import type { Say } from './words.ts';

export const REGISTRY_URL = 'https://www.iana.org/assignments/smtp-enhanced-status-codes/';

export function referenceLink({ rfc, draft, section }: Reference, say: Say): Inline {
  if (rfc === null) {
    const name = draft ?? '';
    return link(`https://datatracker.ietf.org/doc/${name}/`, say('draft', { draft: name }));
  }
  const url = `https://www.rfc-editor.org/rfc/rfc${rfc}`;
  if (section === null) return link(url, say('rfc', { rfc }));
  const anchor = /^[A-Z]/.test(section) ? `appendix-${section}` : `section-${section}`;
  return link(`${url}#${anchor}`, say('section', { rfc, section }));
}
