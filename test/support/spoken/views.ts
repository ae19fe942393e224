const simple: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** However often it was quoted as JSON. */
const unescaped = (text: string): string =>
  text
    .replace(/\\+(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrt"'`/]))/g, (_all, unicode?: string, hex?: string, letter = '') => {
      const code = unicode ?? hex;
      return code === undefined ? (simple[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16));
    })
    // `util.inspect` prints a text of several lines as a sum of texts.
    .replace(/(['"`])\s*\+\s*\1/g, '');

const percentDecoded = (text: string): string =>
  text.replace(/%([0-9a-fA-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const entitiesDecoded = (text: string): string =>
  text.replace(/&#(?:x([0-9a-fA-F]{1,4})|(\d{1,5}));/g, (_all, hex?: string, decimal?: string) =>
    String.fromCharCode(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)),
  );

/** A text as it is, and as it reads once escapes of JSON, URLs and HTML are undone. */
export const viewsOf = (text: string): readonly string[] => {
  const plain = text.includes('\\') || text.includes('+\n') ? unescaped(text) : text;
  const open = /[%&]/.test(plain) ? entitiesDecoded(percentDecoded(plain)) : plain;
  return [...new Set([text, plain, open])];
};
