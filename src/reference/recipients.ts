/** What the owner of a mailbox does, where the matter is theirs. */
import type { Language, Wording } from '../base/language.ts';

/** By enhanced code where one is known: the family decides. */
const BY_FAMILY: Readonly<Record<string, Wording>> = {
  'X.2.1': {
    en: 'Ask who runs your mailbox to switch it on again.',
    ja: 'メールボックスを再び使えるように、管理者に依頼してください。',
  },
  'X.2.2': {
    en: 'Delete mail and empty the trash, or ask for a higher limit. Mail that is still being retried then arrives by itself.',
    ja: 'メールを削除してごみ箱を空にするか、容量上限の引き上げを依頼してください。再送の期間内であれば、待っているメールは自動的に届きます。',
  },
  'X.2.3': {
    en: 'Ask the sender for something smaller or a link, or ask for a higher size limit.',
    ja: '送信者に小さくするかリンクで送るよう頼むか、サイズの上限の引き上げを依頼してください。',
  },
};

const OTHERWISE: Wording = {
  en: 'Look at your mailbox: whether it is full, and whether a rule of yours refuses this sender.',
  ja: 'メールボックスを確認してください。満杯になっていないか、設定した規則がこの差出人を拒否していないかが要点です。',
};

/** Of the first family that has one. */
export function recipientAdvice(families: readonly string[], language: Language): string {
  const found = families.map((family) => BY_FAMILY[family]).find((advice) => advice !== undefined);
  return (found ?? OTHERWISE)[language];
}
