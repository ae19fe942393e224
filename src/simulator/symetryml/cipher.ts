import { createCipheriv, createDecipheriv } from 'node:crypto';
import { keyBytes } from './secret-key.js';

// AES/CBC/PKCS5Padding with a 128-bit key and a fixed IV (Data Source API, 6.3).
const algorithm = 'aes-128-cbc';
const iv = Buffer.from('LzM5QUtXZXWHm7HJ4wAePg==', 'base64');

/** Text as Base64 of its ciphertext. Keys that are no 16 bytes cannot encrypt. */
export function encrypt(secretKey: string, text: string): string {
  const cipher = createCipheriv(algorithm, keyBytes(secretKey), iv);
  return Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64');
}

/** The text again; throws where the key is another one. */
export function decrypt(secretKey: string, text: string): string {
  const decipher = createDecipheriv(algorithm, keyBytes(secretKey), iv);
  return Buffer.concat([decipher.update(text, 'base64'), decipher.final()]).toString('utf8');
}
