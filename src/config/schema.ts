import { z } from 'zod';
import { backendKeyPattern } from '../domain/index.js';
import { parseRedisUrl } from './redis-url.js';
import { hostPattern } from './rules.js';
import { flag, whole } from './scalars.js';
import { backendAuthSchema, doorAuthSchema, tlsSchema } from './security-schema.js';
import { didYouMean } from './suggest.js';
import { isMap } from './tree.js';

const kibi = 1024;
const mebi = 1024 * kibi;
const minute = 60_000;
const day = 24 * 60 * minute;

const isOrigin = (text: string): boolean => text === '*' || (URL.canParse(text) && new URL(text).origin === text);

const serverSchema = z.strictObject({
  host: z.string().regex(hostPattern, 'must be a host name or an IP address, without scheme, port or brackets').default('127.0.0.1'),
  port: whole(0, 65_535).default(4000),
  auth: doorAuthSchema.optional(),
  insecure: flag().default(false),
  allowedOrigins: z.array(z.string().refine(isOrigin, 'must be an origin like https://app.example.com, without a path, or *')).default([]),
  maxRequestBytes: whole(kibi, 64 * mebi).default(mebi),
  maxConnections: whole(1, 1_000_000).default(10_000),
  maxSubscriptionsPerSocket: whole(1, 10_000).default(100),
  shutdownTimeoutMs: whole(0, 10 * minute).default(10_000),
});

const limitsSchema = z.strictObject({
  maxDepth: whole(1, 100).default(15),
  maxAliases: whole(0, 10_000).default(50),
  maxTokens: whole(10, 100_000).default(4000),
  maxRootFields: whole(1, 1000).default(20),
  maxCost: whole(1, 100_000_000).default(100_000),
});

const redisUrl = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    const reading = parseRedisUrl(text);
    if ('problem' in reading) context.addIssue({ code: 'custom', message: reading.problem });
  });

/** A store without `kind` is the embedded one: `VIGIL_STORE_PATH` alone is enough. */
const storeSchema = z.preprocess(
  (store) => (isMap(store) && !('kind' in store) ? { kind: 'embedded', ...store } : store),
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('memory') }),
    z.strictObject({ kind: z.literal('embedded'), path: z.string().min(1).default('./.vigil') }),
    z.strictObject({
      kind: z.literal('redis'),
      url: redisUrl,
      keyPrefix: z
        .string()
        .regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 printable ASCII characters without spaces')
        .default('vigil:'),
      tls: tlsSchema.optional(),
    }),
  ]),
);

const resultsSchema = z.strictObject({
  retentionMs: whole(1000, 3650 * day).default(7 * day),
  maxBytes: whole(kibi, mebi * mebi).default(kibi * mebi),
});

const httpSchema = z.strictObject({
  requestTimeoutMs: whole(10, 10 * minute).default(30_000),
  connectTimeoutMs: whole(10, 10 * minute).default(5000),
  maxResponseBytes: whole(kibi, kibi * mebi).default(64 * mebi),
  maxConnections: whole(1, 1024).default(32),
  maxRetries: whole(0, 10).default(2),
  breakerThreshold: whole(1, 1000).default(5),
  breakerResetMs: whole(10, 10 * minute).default(10_000),
});

const pollSchema = z
  .strictObject({
    fastMs: whole(10, minute).default(1000),
    slowMs: whole(10, 60 * minute).default(30_000),
  })
  .refine(({ fastMs, slowMs }) => fastMs <= slowMs, 'must have a fastMs that is not above slowMs');

const urlProblem = (text: string): string | undefined => {
  if (!URL.canParse(text)) return 'must be a URL like https://es.example.com:9200/prefix';
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with http:// or https://';
  if (url.username !== '' || url.password !== '') return 'must not hold a user or password: use auth';
  if (/[?#]/.test(text)) return 'must end with its path: no ? and no #';
  return undefined;
};

const backendUrl = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    const message = urlProblem(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

const backendSchema = (vendors: readonly string[]) =>
  z.strictObject({
    id: z.string().regex(backendKeyPattern, 'must be 1 to 32 of the characters a-z, 0-9 and -'),
    vendor: z
      .string()
      .refine((id) => vendors.includes(id), { error: ({ input }) => `must be one of ${vendors.join(', ')}${didYouMean(input, vendors)}` }),
    url: backendUrl,
    auth: backendAuthSchema.default({ kind: 'none' }),
    tls: tlsSchema.optional(),
    readOnly: flag().default(false),
    consume: z.enum(['own', 'all']).default('own'),
    settings: z.record(z.string(), z.string()).optional(),
    version: z
      .string()
      .regex(/^\d+\.\d+[\w.-]{0,40}$/, 'must be a version like "8.17.0", in quotes')
      .optional(),
    http: httpSchema.prefault({}),
    poll: pollSchema.prefault({}),
  });

/** The form of the file. `docs/configuration.md` describes every key; a test keeps the two equal. */
export const configSchema = (vendors: readonly string[]) =>
  z.strictObject({
    server: serverSchema.prefault({}),
    limits: limitsSchema.prefault({}),
    introspection: flag().default(true),
    logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    store: storeSchema.prefault({}),
    results: resultsSchema.prefault({}),
    backends: z.array(backendSchema(vendors)).min(1),
  });

export type ConfigSchema = ReturnType<typeof configSchema>;
/** The file's contents, judged by the schema alone. */
export type ConfigFile = z.output<ConfigSchema>;
