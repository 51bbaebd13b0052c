/** The floors of the house, lowest first, and what each may stand on. The linter reads this table. */
// prettier-ignore
export const FLOORS = {
  base:     [],
  address:  ['base'],
  replies:  ['base'],
  message:  ['base', 'address', 'replies'],
  smtp:     ['base', 'address', 'replies'],
  policy:   ['base', 'address', 'replies', 'message', 'smtp'],
  world:    ['base'],
  store:    ['base', 'address', 'message', 'policy', 'world'],
  reference: ['base', 'replies', 'smtp'],
  queue:    ['base', 'address', 'replies', 'message', 'policy', 'world', 'store'],
  delivery: ['base', 'address', 'replies', 'message', 'smtp', 'policy', 'world', 'store', 'queue'],
  services: ['base', 'address', 'replies', 'message', 'smtp', 'policy', 'world', 'store', 'queue', 'delivery'],
  http:     ['base', 'address', 'replies', 'message', 'policy', 'world', 'store', 'reference', 'queue'],
  console:  ['base', 'address', 'replies', 'reference', 'http'],
  cli:      ['base', 'address', 'replies', 'reference', 'http'],
} as const satisfies Record<string, readonly string[]>; // src/app stands on all

/** These floors compute. They open no file and no socket, and read no clock. */
export const PURE = ['base', 'address', 'replies', 'message', 'smtp', 'policy', 'reference'] as const;
