const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const escaped = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g;

/** The inside of a JSON string as text. An escape JSON does not know stays as it was sent: a result cannot be read a second time, so nothing in it is refused. */
const unescapeJson = (inside: string): string =>
  inside.includes('\\')
    ? inside.replace(escaped, (_match, hex: string | undefined, short: string | undefined) =>
        hex === undefined ? (escapes[short ?? ''] ?? short ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
      )
    : inside;

const quote = 0x22;

/** The same memory as a Buffer, whose parts become text without an object for each. */
export const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/**
 * The text of a token whose bytes are these: strings without quotes and unescaped, everything else as it was sent.
 * What is not UTF-8 becomes U+FFFD, and stays as it was in the stored body.
 */
export const tokenText = (bytes: Buffer, from: number, to: number): string =>
  bytes[from] === quote ? unescapeJson(bytes.toString('utf8', from + 1, to - 1)) : bytes.toString('utf8', from, to);
