import { createHash, createHmac, type KeyObject } from 'node:crypto';
import type { Secret } from '../../domain/index.js';
import type { SignedRequest } from '../../http/index.js';
import type { Clock } from './clock.js';
import { signingKeyOf } from './secret-key.js';

/**
 * How the path stands in what is signed. `slash`: as on the wire, as the vendor's clients of 2025 and 2026 do it. `bare`: without its leading slash (Java
 * samples of 5.x). `url`: with protocol, host and port (the text of the documentation, and a sample of 2013).
 */
export const pathForms = ['slash', 'bare', 'url'] as const;
export type PathForm = (typeof pathForms)[number];

/** Who signs, and how. */
export interface SignerOptions {
  readonly customerId: string;
  /** As issued. */
  readonly secretKey: Secret;
  readonly clock: Pick<Clock, 'stamp'>;
  /** Protocol, host and port of the server, for the form `url`. */
  readonly origin: string;
  /** Default: `slash`. */
  readonly pathForm?: PathForm;
  /** Sent as `sym-version`. */
  readonly symVersion: string;
  /** Sent as `sym-client`: a label for the server's statistics. */
  readonly symClient: string;
}

/** Base64 of HMAC-SHA256 (RFC 4868 without truncation). */
export const macOf = (key: KeyObject, pieces: readonly string[]): string => {
  const mac = createHmac('sha256', key);
  for (const piece of pieces) mac.update(piece, 'utf8');
  return mac.digest('base64');
};

/** Base64 of the sixteen bytes. */
const md5Of = (body: string): string => createHash('md5').update(body, 'utf8').digest('base64');

const pathAs: Readonly<Record<PathForm, (path: string, origin: string) => string>> = {
  slash: (path) => path,
  bare: (path) => path.replace(/^\//, ''),
  url: (path, origin) => `${origin}${path}`,
};

/**
 * Signs requests by the rules of SymetryML 5.x to 6.3. The string to sign holds the secret key as a line of its own: it exists in here alone, in pieces.
 * Lines of what there is none of are left out, but for that of the digest.
 */
export const createSigner = ({ customerId, secretKey, clock, origin, pathForm = 'slash', symVersion, symClient }: SignerOptions) => {
  const key = signingKeyOf(secretKey);
  return ({ method, path, query, body }: SignedRequest): Readonly<Record<string, string>> => {
    const date = clock.stamp();
    const md5 = body === undefined ? '' : md5Of(body);
    const resource = pathAs[pathForm](path, origin);
    const optional = (line: string | undefined): readonly string[] => (line === undefined || line === '' ? [] : [line, '\n']);
    const signature = macOf(key, [
      ...[method, '\n', md5, '\n', secretKey.reveal(), '\n', date, '\n', customerId, '\n'],
      ...optional(body),
      ...[resource, '\n'],
      ...optional(query),
    ]);
    return {
      authorization: signature,
      'sym-date': date,
      'customer-id': customerId,
      ...(body === undefined ? {} : { 'content-md5': md5 }),
      'sym-version': symVersion,
      'sym-client': symClient,
    };
  };
};
