/** The endpoints of the management API, under `/api/v1`. The contract, the server and the client read this table. */

// prettier-ignore
export const ENDPOINTS = {
  status:         'GET /status',
  settings:       'GET /settings',
  tls:            'GET /tls',

  listDomains:    'GET /domains',
  addDomain:      'POST /domains',
  showDomain:     'GET /domains/{domain}',
  setDomain:      'PATCH /domains/{domain}',
  removeDomain:   'DELETE /domains/{domain}',

  listAccounts:   'GET /accounts',
  addAccount:     'POST /accounts',
  showAccount:    'GET /accounts/{address}',
  setAccount:     'PATCH /accounts/{address}',
  removeAccount:  'DELETE /accounts/{address}',

  setPassword:    'PUT /accounts/{address}/password',
  generatePassword: 'POST /accounts/{address}/password',
  removePassword: 'DELETE /accounts/{address}/password',
  addAppPassword: 'POST /accounts/{address}/app-passwords',
  removeAppPassword: 'DELETE /accounts/{address}/app-passwords/{name}',

  listAliases:    'GET /aliases',
  setAlias:       'PUT /aliases/{address}',
  removeAlias:    'DELETE /aliases/{address}',

  listMessages:   'GET /messages',
  countMessages:  'GET /messages/count',

  recount:        'POST /quota/recount',
  releaseWaiting: 'POST /quota/release-waiting',

  queueFigures:   'GET /queue/figures',
  listQueue:      'GET /queue',
  showQueued:     'GET /queue/entry',
  listBlocked:    'GET /queue/blocked',
  changeQueue:    'POST /queue',

  storage:        'GET /storage',
  releaseBallast: 'POST /storage/release-ballast',
  forceLevel:     'PUT /storage/force',
  compact:        'POST /storage/compact',
} as const;

export type Endpoint = keyof typeof ENDPOINTS;

/** Endpoints that carry message text or news of long work, and so no single JSON value. */
// prettier-ignore
export const STREAMS = {
  /** → `message/rfc822`, byte for byte. */
  readMessage:    'GET /accounts/{address}/messages/{uid}',
  /** `message/rfc822` → `Imported`. */
  importMessage:  'POST /accounts/{address}/messages',
  /** The query of `listMessages` → a line of JSON (`Removed`) for each step; the last one says `done`. */
  removeMessages: 'DELETE /messages',
} as const;

export const BASE = '/api/v1';

/** Why an order was not carried out. `type` is stable for scripts. */
export interface Problem {
  readonly type: ProblemType;
  /** The address, the domain, the field. */
  readonly what: string;
}

// prettier-ignore
export const PROBLEM_STATUS = {
  'invalid':          400,
  'weak-password':    400,
  'not-found':        404,
  'exists':           409,
  'in-use':           409,
  'too-many':         409,
  'over-quota':       409,
  'too-big':          413,
  'no-space':         507,
  'io':               500,
  'damaged':          500,
  'read-only':        500,
  'out-of-resources': 503,
  'bug':              500,
} as const satisfies Record<string, number>;

export type ProblemType = keyof typeof PROBLEM_STATUS;
