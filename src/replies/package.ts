/**
 * What `restante/replies` gives to other programs: the reference of SMTP replies, without the server, without a dependency, in Node.js
 * and in browsers. The server itself imports the files behind it.
 */
export type { Language, Wording } from '../base/language.ts';
export {
  basicCode,
  CATALOGUE,
  enhancedCode,
  LEGEND,
  privateMeanings,
  repliesIn,
  variantOf,
  type Actor,
  type BasicCode,
  type EnhancedCode,
  type Phase,
  type Provider,
  type Retry,
  type Scope,
  type Term,
  type Variant,
} from './catalogue.ts';
export { compare, type Comparison, type Decision, type Dimension } from './compare.ts';
export { decodeText as decode } from './decode/decode.ts';
export { REASONS, type Reason, type ReasonText } from './decode/reasons.ts';
export type {
  Confidence,
  Decoded,
  Evidence,
  RecipientVerdict,
  RetryAdvice,
  Standing,
} from './decode/verdict.ts';
export { explain, type BasicExplanation, type EnhancedExplanation, type Explanation } from './explain.ts';
export { comparisonPageOf, pageOf } from './pages.ts';
export { searchEntries } from './search-entries.ts';
export { search, type SearchEntry, type SearchHit } from './search.ts';
