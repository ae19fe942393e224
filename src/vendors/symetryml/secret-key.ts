import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Secret } from '../../domain/index.js';

/** Node's base64 never fails: it leaves out what it does not know. */
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The bytes that requests are signed and bodies are encrypted with. Keys are issued in base64; a key that is none counts by its own bytes, as with the
 * account a server is born with, `admin` with the key `admin` (the vendor's Go client, aff4f8b; the Rust client, 91365a3, refuses such a key).
 */
export const keyBytesOf = (secretKey: Secret): Buffer => {
  const text = secretKey.reveal();
  return Buffer.from(text, base64.test(text) ? 'base64' : 'utf8');
};

/** The same as a key that does not show when it is printed. */
export const signingKeyOf = (secretKey: Secret): KeyObject => createSecretKey(keyBytesOf(secretKey));
