import { z } from 'zod';
import type { Auth } from '../domain/index.js';
import { flag } from './scalars.js';

/** Fit for an HTTP header: no spaces, no control characters, nothing beyond ASCII. */
const headerText = /^[\x21-\x7e]+$/;
const controls = /\p{Cc}/u;

const secretText = z.string().max(16_384).regex(headerText, 'must be printable ASCII without spaces or line breaks');

/** How the gateway may prove itself to a backend; which of them, the vendor says. */
export const backendAuthKinds = ['none', 'basic', 'apiKey', 'bearer', 'hmac'] as const satisfies readonly Auth['kind'][];
export type BackendAuthKind = (typeof backendAuthKinds)[number];

/** How the gateway proves itself to a backend. */
export const backendAuthSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('basic'),
    // RFC 7617: the first colon ends the user's name.
    username: z
      .string()
      .min(1)
      .max(1024)
      .refine((name) => !name.includes(':') && !controls.test(name), 'must not hold a colon or control characters'),
    password: z
      .string()
      .min(1)
      .max(4096)
      .refine((password) => !controls.test(password), 'must not hold control characters'),
  }),
  z.strictObject({
    kind: z.literal('apiKey'),
    value: z
      .string()
      .max(16_384)
      .regex(/^[A-Za-z0-9+/_-]+={0,2}$/, 'must be the encoded form of the API key: base64 of id:key'),
  }),
  z.strictObject({ kind: z.literal('bearer'), token: secretText }),
  z.strictObject({
    kind: z.literal('hmac'),
    // It is a step of paths, where two dots would be a step up.
    customerId: z.string().regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of the characters A-Z, a-z, 0-9, ., _ and -'),
    secretKey: secretText,
  }),
]);

/** Who may come in. */
export const doorAuthSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bearer'), tokens: z.array(secretText.min(16)).min(1).max(100) }),
]);

/** Certificates of one backend, by file. */
export const tlsSchema = z.strictObject({
  caFile: z.string().min(1).optional(),
  certFile: z.string().min(1).optional(),
  keyFile: z.string().min(1).optional(),
  passphrase: z.string().min(1).optional(),
  insecureSkipVerify: flag().default(false),
});
