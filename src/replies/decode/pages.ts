/** Which page of the reference is the most precise one for a verdict. */
import type { Reason } from './reasons.ts';

/** Basic and enhanced code that have a page together; held against the catalogue by a test. */
// prettier-ignore
export const COMBINATIONS: readonly string[] = [
  '221/2.0.0', '221/2.7.0', '250/2.0.0', '250/2.1.0', '250/2.1.5', '250/2.6.0', '421/4.3.0', '421/4.3.2', '421/4.4.2', '421/4.4.5',
  '421/4.7.0', '421/4.7.28', '432/4.3.2', '432/4.7.12', '450/4.1.1', '450/4.1.8', '450/4.2.0', '450/4.2.1', '450/4.3.2', '450/4.7.1',
  '450/4.7.25', '451/4.1.8', '451/4.3.0', '451/4.3.5', '451/4.4.3', '451/4.5.0', '451/4.7.0', '451/4.7.1', '451/4.7.24', '452/4.3.1',
  '452/4.2.2', '452/4.5.3', '454/4.3.3', '454/4.5.0', '454/4.7.0', '454/4.7.1', '455/4.5.3', '455/4.5.4', '501/5.5.4', '501/5.5.2',
  '501/5.1.3', '501/5.1.7', '501/5.1.8', '501/5.7.0', '503/5.5.1', '503/5.5.0', '503/5.7.0', '521/5.3.2', '521/5.5.2', '521/5.7.1',
  '523/5.7.10', '523/5.2.3', '530/5.7.0', '530/5.5.1', '530/5.7.1', '530/5.7.57', '534/5.7.9', '534/5.7.14', '535/5.7.8',
  '535/5.7.0', '535/5.7.3', '535/5.7.139', '550/5.1.0', '550/5.1.1', '550/5.1.8', '550/5.1.10', '550/5.2.1', '550/5.2.2',
  '550/5.4.1', '550/5.5.0', '550/5.5.2', '550/5.5.3', '550/5.6.0', '550/5.7.1', '550/5.7.20', '550/5.7.23', '550/5.7.25',
  '550/5.7.26', '550/5.7.27', '550/5.7.509', '551/5.1.6', '551/5.7.1', '552/5.3.4', '552/5.2.3', '552/5.2.2', '553/5.1.2',
  '553/5.1.3', '553/5.1.7', '553/5.1.8', '553/5.6.7', '553/5.7.1', '553/5.7.2', '554/5.2.2', '554/5.3.0', '554/5.3.4', '554/5.4.6',
  '554/5.5.0', '554/5.5.1', '554/5.6.0', '554/5.7.1', '554/5.7.9', '555/5.5.4', '555/5.5.2',
];

/** What is not a reply has pages too, under the number that clients show. */
// prettier-ignore
const LOCAL_PAGES: readonly (readonly [words: RegExp, page: string])[] = [
  [/refus/i, '/smtp/111'], [/no route|unreachable/i, '/smtp/113'], [/time-?d? ?-?out/i, '/smtp/110'],
];

export function pageOf(
  code: string | null,
  status: string | null,
  reason: Reason,
  words: string,
): string | null {
  if (code !== null && status !== null) {
    const both = `${code}/${status}`;
    return `/smtp/${COMBINATIONS.includes(both) ? both : isRegistered(status) && !status.endsWith('.0.0') ? status : code}`;
  }
  if (status !== null && isRegistered(status)) return `/smtp/${status}`;
  if (code !== null) return `/smtp/${code}`;
  return reason === 'network' ? (LOCAL_PAGES.find(([test]) => test.test(words))?.[1] ?? null) : null;
}

/** Subjects and details that the registry has rows for, roughly: a page exists for each of its families anyway. */
function isRegistered(status: string): boolean {
  const [, subject, detail] = status.split('.').map(Number);
  return (
    subject !== undefined && detail !== undefined && subject <= 7 && detail <= (REGISTERED[subject] ?? -1)
  );
}

/** Highest registered detail of each subject. */
const REGISTERED = [0, 10, 4, 6, 7, 6, 10, 30];
