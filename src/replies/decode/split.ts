/** 452 or 552 for a recipient after another was accepted: the limit of a transaction, most likely. RFC 5321 §4.5.3.1.10 */
import { NOTES, retryAdvice, STANDINGS } from './advice.ts';
import { REASONS } from './reasons.ts';
import type { RecipientVerdict } from './verdict.ts';

export function splitAdvised(verdicts: readonly RecipientVerdict[]): readonly RecipientVerdict[] {
  let accepted = false;
  return verdicts.map((verdict) => {
    accepted ||= verdict.standing === 'success' && verdict.phase === 'rcpt';
    const isBare =
      verdict.status === null &&
      (verdict.code === '452' || verdict.code === '552') &&
      verdict.phase === 'rcpt';
    if (!accepted || !isBare || verdict.confidence === 'certain') return verdict;
    const text = REASONS['too-many-recipients'];
    const standing = 'temporary';
    return {
      ...verdict,
      standing,
      reason: 'too-many-recipients',
      actors: text.actors,
      retry: retryAdvice('too-many-recipients', standing),
      summary: {
        en: `${text.meaning.en} ${STANDINGS[standing].en}`,
        ja: `${text.meaning.ja}${STANDINGS[standing].ja}`,
      },
      sender: text.sender,
      manager: text.manager,
      notes: [...verdict.notes, NOTES.split],
      confidence: 'guess',
    };
  });
}
