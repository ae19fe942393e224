/** Anything shorter cannot be told from an ordinary word: `pw`, `admin`. */
const shortest = 8;

const base64 = /^(?:[A-Za-z0-9+/_-]{4})+(?:[A-Za-z0-9+/_-]{2}(?:==)?|[A-Za-z0-9+/_-]{3}=?)?$|^[A-Za-z0-9+/_-]{22}==$/;

const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_');

/** What is left of bytes in the Base64 of something longer, whatever stands before and behind them. */
const base64Of = (bytes: Buffer): readonly string[] =>
  [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });

const encodings = (bytes: Buffer): readonly string[] => {
  const pairs = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'));
  return [
    ...base64Of(bytes).flatMap((text) => [text, urlSafe(text)]),
    pairs.join(''),
    // As `util.inspect` prints a Buffer.
    pairs.join(' '),
    // As JSON prints a Buffer, and as `util.inspect` prints an array.
    [...bytes].join(','),
    [...bytes].join(', '),
    bytes.toString('latin1'),
  ];
};

/** The bytes a key stands for, where it is Base64. */
const decoded = (secret: string): Buffer | undefined => {
  const bytes = base64.test(secret) ? Buffer.from(secret, 'base64') : Buffer.alloc(0);
  return bytes.length >= shortest ? bytes : undefined;
};

/** In lower case, all that would give a secret away: itself, its encodings, and those of the bytes it stands for. None where it is too short to be found. */
export const formsOf = (secret: string): readonly string[] => {
  if (secret.length < shortest) return [];
  const own = decoded(secret);
  const bare = secret.replace(/=+$/, '');
  const all = [secret, ...(own ? [bare, urlSafe(bare), ...encodings(own)] : []), ...encodings(Buffer.from(secret))];
  return [...new Set(all.filter((form) => form.length >= shortest).map((form) => form.toLowerCase()))];
};

/** So much of a signature is as good as all of it. */
export const telling = 24;

/** In lower case and without `-` and `_`, beginnings of all forms of a signature. */
export const signatureForms = (signature: string): readonly string[] => {
  const standard = signature.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  const bytes = Buffer.from(standard, 'base64');
  return [standard, bytes.toString('hex'), ...base64Of(Buffer.from(standard))]
    .filter((form) => form.length >= telling)
    .map((form) => form.slice(0, telling).toLowerCase());
};
