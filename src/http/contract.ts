/** What each endpoint of the management API takes and answers. OpenAPI, the server's checks and the client's types come from here. */
import { z } from '@hono/zod-openapi';
import { CAUSES } from '../policy/retry.ts';
import type { Endpoint } from './endpoints.ts';

const octets = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const number = z.number().int().nonnegative().max(1e12);
const instant = z.number().int().openapi({ description: 'Milliseconds since 1970' });
// Whether it is one is for the store to say; here only what is absurd is stopped.
const address = z.string().min(1).max(320);
const domain = z.string().min(1).max(255);

const appName = z.string().min(1).max(200);

const limits = z.strictObject({ octets, messages: number }).openapi({ description: '0: no limit' });
const level = z.enum(['green', 'yellow', 'red', 'black']);

const domainInfo = z.object({
  name: z.string(),
  limits,
  accountLimits: limits.nullable(),
  catchAll: z.string().nullable(),
  accounts: number,
  usedOctets: octets,
  usedMessages: number,
});

const accountState = z.enum(['active', 'disabled', 'disabled-now']);

const appPassword = z.object({ name: z.string(), createdAt: instant, lastUse: instant.nullable() });

const accountInfo = z.object({
  id: z.number(),
  address: z.string(),
  createdAt: instant,
  limits: limits.nullable(),
  effectiveLimits: limits,
  messageSizeMax: octets,
  state: accountState,
  usedOctets: octets,
  usedMessages: number,
  inflightOctets: octets,
  waitingMessages: number,
  fullSince: instant.nullable(),
  lastLogin: instant.nullable(),
  hasPassword: z.boolean(),
  appPasswords: z.array(appPassword),
});

const shownOnce = z.object({ password: z.string(), account: accountInfo });

const accountChange = z.strictObject({
  limits: limits.nullable().exactOptional(),
  messageSizeMax: octets.exactOptional(),
  state: accountState.exactOptional(),
});

const aliasInfo = z.object({ address: z.string(), members: z.array(z.string()) });

const entry = z.object({
  address: z.string(),
  uid: number,
  object: z.string(),
  receivedAt: instant,
  size: octets,
  reversePath: z.string(),
  recipient: z.string(),
});

const removed = z.object({ messages: number, octets });

/** Which messages: all that is given must hold. In a query, so numbers come as text. */
export const messageQuery = z.strictObject({
  address: address.exactOptional(),
  domain: domain.exactOptional(),
  before: z.coerce.number<string | number>().int().exactOptional(),
  since: z.coerce.number<string | number>().int().exactOptional(),
  largerThan: z.coerce.number<string | number>().int().nonnegative().exactOptional(),
  smallerThan: z.coerce.number<string | number>().int().nonnegative().exactOptional(),
  uids: z
    .string()
    .regex(/^\d{1,15}(,\d{1,15})*$/)
    .max(16_000)
    .exactOptional(),
  reversePath: z.string().max(320).exactOptional(),
});

const page = {
  after: z.string().max(500).exactOptional(),
  count: z.coerce.number<string | number>().int().min(1).max(1000).exactOptional(),
};

const figures = z.object({
  domains: number,
  accounts: number,
  messages: number,
  waiting: number,
  octets,
  segments: number,
  liveOctets: octets,
  deadOctets: octets,
  largeObjects: number,
});

const volume = z.object({
  name: z.string(),
  level,
  size: octets,
  available: z.number(),
  usable: z.number(),
  inodes: z.number(),
  inodesAvailable: z.number(),
  ageMs: z.number().nullable(),
});

const storage = z.object({
  level,
  /** What the volumes say, whatever is forced. */
  measured: level,
  forced: level.nullable(),
  admittedPercent: z.number(),
  usableOctets: z.number(),
  held: octets,
  holds: number,
  reserve: z.number(),
  postmasterPool: z.number(),
  ballastOctets: octets,
  ballastWanted: octets,
  volumes: z.array(volume),
  figures,
});

const certificateWarning = z.enum(['ended', 'ends-soon', 'not-yet-valid', 'no-names', 'chain-out-of-order']);

const certificateFault = z.object({
  file: z.string(),
  reason: z.enum([
    'missing',
    'unreadable',
    'too-big',
    'no-certificate',
    'no-key',
    'key-encrypted',
    'key-of-another',
    'damaged',
    'unusable',
  ]),
});

const certificate = z.object({
  certificate: z.string(),
  key: z.string(),
  isDefault: z.boolean(),
  isOwn: z.boolean(),
  facts: z
    .object({
      names: z.array(z.string()),
      subject: z.string(),
      issuer: z.string(),
      validFrom: instant,
      validTo: instant,
      keyType: z.string(),
      sha256: z.string(),
      isSelfSigned: z.boolean(),
    })
    .nullable(),
  chainLength: number,
  warnings: z.array(certificateWarning),
  fault: certificateFault.nullable(),
});

const tls = z.object({
  hostname: z.string(),
  running: z.boolean(),
  certificates: z.array(certificate),
  listeners: z.array(
    z.object({ protocol: z.string(), address: z.string(), tls: z.enum(['starttls', 'implicit']) }),
  ),
  /** Since the start. */
  handshakes: z.object({ done: number, resumed: number, failed: number }).nullable(),
});

/** Which entries of the queue; all criteria must hold. */
export const queueQuery = z.strictObject({
  id: z.string().max(60).exactOptional(),
  sender: z.string().max(320).exactOptional(),
  recipient: address.exactOptional(),
  destination: domain.exactOptional(),
  cause: z.enum(CAUSES).exactOptional(),
  /** Queued before, or at or after: milliseconds since 1970. */
  before: z.coerce.number<string | number>().int().exactOptional(),
  since: z.coerce.number<string | number>().int().exactOptional(),
  held: z.enum(['true', 'false']).exactOptional(),
  /** Copies that wait for a full mailbox of ours / what goes out. */
  local: z.enum(['true', 'false']).exactOptional(),
});

const lastWords = z.object({
  at: instant,
  phase: z.string(),
  host: z.string(),
  code: z.string().nullable(),
  status: z.string(),
  /** As the peer said it, made safe to print. */
  text: z.string(),
});

const retryState = z.object({
  attempts: number,
  inARow: number,
  cause: z.enum(CAUSES),
  scope: z.string(),
  due: instant,
  last: lastWords,
});

/** Why it is tried when it is. Milliseconds. */
const why = z.object({
  cause: z.enum(CAUSES),
  scope: z.string(),
  step: number,
  waitMs: number,
  nextWaitMs: number,
  longestWaitMs: number,
  steady: z.boolean(),
});

const queueEntry = z.object({
  id: z.string(),
  ordinal: number,
  destination: z.string(),
  recipient: z.string(),
  local: z.boolean(),
  sender: z.string(),
  origin: z.string(),
  queuedAt: instant,
  expiresAt: instant,
  noticeAt: instant.nullable(),
  size: octets,
  held: z.boolean(),
  noticed: z.boolean(),
  retry: retryState.nullable(),
  why: why.nullable(),
});

const blockedDestination = z.object({
  destination: z.string(),
  until: instant,
  entries: number,
  retry: retryState,
  why,
});

const queueFigures = z.object({
  entries: number,
  octets,
  held: number,
  leased: number,
  destinations: number,
  oldest: instant.nullable(),
  byCause: z.array(z.object({ cause: z.enum(CAUSES), entries: number })),
});

const status = z.object({
  /** False: the command line looks at a stopped server's data. */
  running: z.boolean(),
  version: z.string(),
  hostname: z.string(),
  pid: z.number(),
  startedAt: instant,
  listeners: z.array(z.object({ protocol: z.string(), address: z.string() })),
  level,
  usableOctets: z.number(),
  heldOctets: octets,
  /** What is wrong with certificates. */
  certificates: z.array(
    z.object({
      certificate: z.string(),
      warnings: z.array(certificateWarning),
      fault: certificateFault.nullable(),
    }),
  ),
  sessionsOpen: number,
  messagesKept: number,
  refusals: number,
  figures,
});

const settingShown = z.object({
  key: z.string(),
  value: z.string(),
  default: z.string(),
  unit: z.string(),
  source: z.string(),
  about: z.string(),
});

const none = z.object({});

interface Shape {
  readonly about: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
}

const domainParams = z.object({ domain });
const addressParams = z.object({ address });

// prettier-ignore
export const CONTRACT = {
  status:         { about: 'What the server is doing', answer: status },
  settings:       { about: 'Every setting with its value and source', answer: z.object({ settings: z.array(settingShown) }) },
  tls:            { about: 'The certificates of this server, and where they are served', answer: tls },

  listDomains:    { about: 'All domains', answer: z.object({ domains: z.array(domainInfo) }) },
  addDomain:      { about: 'Adds a domain', body: z.strictObject({ name: domain, limits: limits.exactOptional(), accountLimits: limits.exactOptional(), catchAll: address.exactOptional() }), answer: domainInfo },
  showDomain:     { about: 'One domain', params: domainParams, answer: domainInfo },
  setDomain:      { about: 'Changes a domain', params: domainParams, body: z.strictObject({ limits: limits.exactOptional(), accountLimits: limits.nullable().exactOptional(), catchAll: address.nullable().exactOptional() }), answer: domainInfo },
  removeDomain:   { about: 'Removes a domain without accounts', params: domainParams, answer: none },

  listAccounts:   { about: 'Accounts, by address or by use', query: z.strictObject({ domain: domain.exactOptional(), order: z.enum(['address', 'used', 'share']).exactOptional(), ...page }), answer: z.object({ accounts: z.array(accountInfo) }) },
  addAccount:     { about: 'Adds an account', body: accountChange.extend({ address }), answer: accountInfo },
  showAccount:    { about: 'One account', params: addressParams, answer: accountInfo },
  setAccount:     { about: 'Changes an account', params: addressParams, body: accountChange, answer: accountInfo },
  removeAccount:  { about: 'Removes an account; with its mail only when said', params: addressParams, query: z.strictObject({ withMail: z.enum(['true', 'false']).exactOptional() }), answer: removed },

  setPassword:    { about: 'Sets the password of an account', params: addressParams, body: z.strictObject({ password: z.string().min(1).max(4096) }), answer: accountInfo },
  generatePassword: { about: 'Makes a password for an account, shown this once', params: addressParams, answer: shownOnce },
  removePassword: { about: 'Takes the password of an account away', params: addressParams, answer: accountInfo },
  addAppPassword: { about: 'Makes an application password, shown this once', params: addressParams, body: z.strictObject({ name: appName }), answer: shownOnce },
  removeAppPassword: { about: 'Removes an application password', params: z.object({ address, name: appName }), answer: accountInfo },

  listAliases:    { about: 'Aliases and lists', query: z.strictObject({ domain: domain.exactOptional() }), answer: z.object({ aliases: z.array(aliasInfo) }) },
  setAlias:       { about: 'Makes or replaces an alias', params: addressParams, body: z.strictObject({ members: z.array(address).min(1).max(10_000) }), answer: aliasInfo },
  removeAlias:    { about: 'Removes an alias', params: addressParams, answer: none },

  listMessages:   { about: 'Messages, a page at a time', query: messageQuery.extend(page), answer: z.object({ messages: z.array(entry), next: z.string().nullable() }) },
  countMessages:  { about: 'How many messages, and how big', query: messageQuery, answer: removed },

  recount:        { about: 'Counts what is stored, and mends figures that differ', body: z.strictObject({ address: address.exactOptional() }), answer: z.object({ accounts: number, mended: z.array(z.object({ address: z.string(), bookedOctets: z.number(), countedOctets: octets, bookedMessages: z.number(), countedMessages: number })) }) },
  releaseWaiting: { about: 'Delivers what waits for accounts with room', body: z.strictObject({ address: address.exactOptional() }), answer: z.object({ released: number }) },

  queueFigures:   { about: 'How much is queued, and why', answer: queueFigures },
  listQueue:      { about: 'Recipients in the queue, a page at a time', query: queueQuery.extend(page), answer: z.object({ entries: z.array(queueEntry), next: z.string().nullable() }) },
  showQueued:     { about: 'One message in the queue, or one recipient of it (id/number)', query: z.strictObject({ id: z.string().min(1).max(60) }), answer: z.object({ entries: z.array(queueEntry), blocked: blockedDestination.nullable() }) },
  listBlocked:    { about: 'Destinations that are given up for a while, as a whole', answer: z.object({ destinations: z.array(blockedDestination) }) },
  changeQueue:    { about: 'Holds, releases, retries, returns or deletes recipients in the queue', body: z.strictObject({ act: z.enum(['hold', 'release', 'retry', 'fail', 'delete']), query: queueQuery, all: z.boolean().exactOptional(), dryRun: z.boolean().exactOptional() }), answer: z.object({ entries: number, octets, dryRun: z.boolean() }) },

  storage:        { about: 'Room, levels and figures of the store', answer: storage },
  releaseBallast: { about: 'Gives up the ballast file', answer: z.object({ releasedOctets: octets }) },
  forceLevel:     { about: 'Forces a level, or ends that (null)', body: z.strictObject({ level: level.nullable() }), answer: storage },
  compact:        { about: 'Gives dead space back now', answer: z.object({ releasedOctets: octets }) },
} as const satisfies Record<Endpoint, Shape>;

/** What `importMessage` takes beside the text. */
export const importQuery = z.strictObject({
  /** Makes it idempotent: the same key and text for the same account is stored once. */
  key: z.string().max(1000).exactOptional(),
  receivedAt: z.coerce.number<string | number>().int().exactOptional(),
  reversePath: z.string().max(320).exactOptional(),
});

export interface Imported {
  /** As it will be read. */
  readonly size: number;
}

type Contract = typeof CONTRACT;
type Given<E extends Endpoint, Part extends 'params' | 'query' | 'body'> =
  Contract[E] extends Record<Part, infer Z> ? Z : never;

/** What a caller gives. */
export type Input<E extends Endpoint> = {
  readonly [
    Part in 'params' | 'query' | 'body' as Contract[E] extends Record<Part, z.ZodType> ? Part : never
  ]: z.input<Given<E, Part>>;
};
/** What a handler gets: checked. */
export type Checked<E extends Endpoint> = {
  readonly [
    Part in 'params' | 'query' | 'body' as Contract[E] extends Record<Part, z.ZodType> ? Part : never
  ]: z.output<Given<E, Part>>;
};
export type Answer<E extends Endpoint> = z.output<Contract[E]['answer']>;

export type QueueQueryInput = z.input<typeof queueQuery>;
export type MessageQuery = z.input<typeof messageQuery>;
export type ImportQuery = z.input<typeof importQuery>;
