/** What the public API of the reference takes and answers. The OpenAPI document is made from it. */
import { z } from '@hono/zod-openapi';

const wording = z
  .object({ id: z.string(), text: z.string() })
  .openapi({ description: 'A fact, and its words in the language asked for' });

/** `?lang=`; without it as `Accept-Language` says. */
export const languageQuery = z.object({ lang: z.enum(['en', 'ja']).exactOptional() });

export const codeParam = z.string().max(20).openapi({ example: '452' });
export const statusParam = z.string().max(20).openapi({ example: '4.2.2' });

export const problemAnswer = z
  .object({ problem: z.object({ type: z.string(), what: z.string() }) })
  .openapi('Problem');

const page = {
  path: z.string().openapi({ description: 'The page that says the same, without its language' }),
  language: z.enum(['en', 'ja']),
  title: z.string(),
  description: z.string(),
  found: z
    .boolean()
    .openapi({ description: 'False: nobody is known to send it; what its digits say is told' }),
  indexable: z.boolean(),
  name: z.string(),
  gist: z.string(),
};

const shortCode = z.object({ code: z.string(), name: z.string(), gist: z.string() });

export const codesAnswer = z
  .looseObject({
    ...page,
    kind: z.literal('index'),
    basic: z.array(shortCode),
    enhanced: z.array(shortCode.extend({ classes: z.array(z.string()) })),
    comparisons: z.array(z.string()),
    providers: z.array(z.object({ id: z.string(), name: z.string() })),
  })
  .openapi('Codes');

export const codeAnswer = z
  .looseObject({
    ...page,
    kind: z.literal('code'),
    code: z.string(),
    class: z.string(),
    phases: z.array(wording),
    actors: z.array(wording),
    retry: wording,
    variants: z.array(
      z.looseObject({ code: z.string(), status: z.string(), gist: z.string(), retry: wording }),
    ),
    related: z.array(z.string()),
  })
  .openapi('Code');

export const enhancedAnswer = z
  .looseObject({
    ...page,
    kind: z.enum(['enhanced', 'family']),
    code: z.string(),
    classFits: z.boolean(),
    basic: z.array(z.string()),
    retry: wording.nullable(),
    actors: z.array(wording),
  })
  .openapi('EnhancedCode');

export const combinationAnswer = z
  .looseObject({
    ...page,
    kind: z.literal('combination'),
    code: z.string(),
    status: z.string(),
    retry: wording,
  })
  .openapi('Combination');

export const comparisonAnswer = z
  .looseObject({
    ...page,
    kind: z.literal('comparison'),
    codes: z.array(z.looseObject({ code: z.string(), name: z.string(), gist: z.string() })).length(2),
    summary: z.string(),
    differences: z.array(
      z.object({
        key: z.string(),
        label: z.string(),
        values: z.array(z.string()).length(2),
        same: z.boolean(),
      }),
    ),
    decision: z.object({ by: z.string(), text: z.string() }),
  })
  .openapi('Comparison');

export const unknownAnswer = z
  .looseObject({ ...page, kind: z.string() })
  .openapi('Unknown', { description: 'What the digits say, and the nearest codes' });

export const searchAnswer = z
  .object({
    query: z.string(),
    hits: z.array(shortCode.extend({ page: z.string(), isExact: z.boolean() })),
  })
  .openapi('Hits');

export const searchQuery = languageQuery.extend({
  q: z.string().max(200).openapi({ example: 'mailbox full' }),
});

const verdict = z.looseObject({
  recipient: z.string().nullable(),
  standing: z.enum(['temporary', 'permanent', 'success', 'unknown']),
  reason: z.string(),
  reasonName: z.string(),
  code: z.string().nullable(),
  status: z.string().nullable(),
  provider: z.string().nullable(),
  host: z.string().nullable(),
  summary: z.string(),
  sender: z.string(),
  manager: z.string(),
  notes: z.array(z.string()),
  confidence: z.enum(['certain', 'likely', 'guess']),
  evidence: z.array(z.looseObject({ start: z.number(), end: z.number(), text: z.string(), as: z.string() })),
  page: z.string().nullable(),
});

export const decodeBody = z.object({ text: z.string() }).openapi('Pasted');

export const pastedText = z.string().openapi({ example: '452 4.2.2 Mailbox full' });

export const decodeAnswer = z
  .object({ truncated: z.boolean(), verdicts: z.array(verdict) })
  .openapi('Decoded');

export const catalogueAnswer = z
  .looseObject({ basic: z.array(z.unknown()), enhanced: z.array(z.unknown()) })
  .openapi('Catalogue', { description: 'All facts and texts, in both languages' });
