/** What can be wrong with a certificate, in words. */
import type { Language, Wording } from '../base/language.ts';
import type { Answer } from '../http/contract.ts';

type Shown = Answer<'tls'>['certificates'][number];

export const CERTIFICATE_FAULTS = {
  missing: { en: 'there is no such file', ja: 'ファイルがありません' },
  unreadable: {
    en: 'it cannot be read (does it belong to another user?)',
    ja: '読み取れません (所有者と権限を確認してください)',
  },
  'too-big': { en: 'it is too big for a certificate', ja: '証明書にしては大きすぎます' },
  'no-certificate': { en: 'there is no PEM certificate in it', ja: 'PEM 形式の証明書がありません' },
  'no-key': { en: 'there is no PEM private key in it', ja: 'PEM 形式の秘密鍵がありません' },
  'key-encrypted': {
    en: 'the key is encrypted; the server has nobody to ask for its passphrase',
    ja: '秘密鍵が暗号化されています。サーバーはパスフレーズを入力できません',
  },
  'key-of-another': {
    en: 'the key is not that of the certificate',
    ja: '秘密鍵が証明書と対になっていません',
  },
  damaged: { en: 'what is in it cannot be understood', ja: '内容が壊れています' },
  unusable: {
    en: 'TLS does not take it (is its key too short, or its signature too old?)',
    ja: 'TLS で使えません (鍵が短すぎるか、署名方式が古い可能性があります)',
  },
} satisfies Record<NonNullable<Shown['fault']>['reason'], Wording>;

export const CERTIFICATE_WARNINGS = {
  ended: { en: 'it has ended', ja: '有効期限が切れています' },
  'ends-soon': { en: 'it ends soon', ja: 'まもなく有効期限が切れます' },
  'not-yet-valid': { en: 'it is not valid yet', ja: 'まだ有効期間に入っていません' },
  'no-names': {
    en: "it names no host, and so is nobody's for clients that check",
    ja: 'ホスト名が入っていないため、検証するクライアントには受け入れられません',
  },
  'chain-out-of-order': {
    en: 'the certificates in the file do not follow one another up to the issuer',
    ja: 'ファイルの中の証明書が、発行者へ向かう順に並んでいません',
  },
} satisfies Record<Shown['warnings'][number], Wording>;

/** What is wrong with one, with the files that it is about. */
export function concernsOf(
  { certificate, warnings, fault }: Pick<Shown, 'certificate' | 'warnings' | 'fault'>,
  language: Language,
): readonly string[] {
  const said = warnings.map((warning) => `${certificate}: ${CERTIFICATE_WARNINGS[warning][language]}`);
  return fault === null ? said : [...said, `${fault.file}: ${CERTIFICATE_FAULTS[fault.reason][language]}`];
}
