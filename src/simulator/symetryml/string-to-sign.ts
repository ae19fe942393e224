import { createHash, createHmac } from 'node:crypto';
import { keyBytes } from './secret-key.js';

/** What a signature covers (REST API Security, 5.x to 6.3). */
export interface Signed {
  readonly method: string;
  /** Empty where the request has no body. */
  readonly md5: string;
  readonly date: string;
  readonly customerId: string;
  readonly body: Buffer;
  readonly resource: string;
  /** As sent, without the question mark; empty where there is none. */
  readonly query: string;
}

/** Base64 of the MD5 of a body. */
export const md5Of = (body: Buffer): string => createHash('md5').update(body).digest('base64');

/** The bytes to sign: a line per part, and none at all for a body or a query that is not there. */
export function stringToSign(signed: Signed, secretKey: string): Buffer {
  const head = [signed.method, signed.md5, secretKey, signed.date, signed.customerId, ''].join('\n');
  const tail = [signed.resource, ...(signed.query === '' ? [] : [signed.query]), ''].join('\n');
  return Buffer.concat([Buffer.from(head), signed.body, Buffer.from(signed.body.length === 0 ? tail : `\n${tail}`)]);
}

/** The signature the server expects. */
export const signatureOf = (signed: Signed, secretKey: string): string =>
  createHmac('sha256', keyBytes(secretKey)).update(stringToSign(signed, secretKey)).digest('base64');
