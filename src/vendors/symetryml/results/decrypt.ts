import { createDecipheriv } from 'node:crypto';

/** The vendor encrypts everything with this one vector (SymetryML 6.3, Data Source API). */
const vector = Buffer.from('LzM5QUtXZXWHm7HJ4wAePg==', 'base64');
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;
const keyBytes: ReadonlySet<number> = new Set([16, 24, 32]);

/**
 * What the vendor encrypted with a customer's secret key: AES/CBC/PKCS5, in Base64. Undefined when the key is none for AES, or the text cannot be decrypted with it.
 * A wrong key is not always noticed here (nothing is signed): what comes out may be noise.
 */
export const decrypt = (text: string, key: Uint8Array): Uint8Array | undefined => {
  const packed = text.replaceAll(/\s/g, '');
  if (!keyBytes.has(key.length) || !base64.test(packed)) return undefined;
  const decipher = createDecipheriv(`aes-${key.length * 8}-cbc`, key, vector);
  try {
    return Buffer.concat([decipher.update(packed, 'base64'), decipher.final()]);
  } catch {
    return undefined;
  }
};
