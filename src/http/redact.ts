const hidden = '***';
const secretName = /authori[sz]ation|cookie|api[-_]?key|token|secret|password|passphrase|credential|private[-_]?key/i;
const schemes = /\b(Basic|Bearer|ApiKey)\s+[^\s"',;]+/gi;
// The scheme's length is bounded: without, a long text of dots and letters would be searched once from each of them.
const userInfo = /(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@"']+@/gi;
/** Deeper than anything the gateway logs; what lies below is replaced, so that a cycle ends. */
const loggedDepth = 6;

/** Makes facts fit to be seen: credentials are removed by the name they stand under, by their form, and by their very text. */
export type Redact = (facts: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/** `secrets`: texts to remove wherever they appear. */
export const createRedact = (secrets: readonly string[], maxDepth = loggedDepth): Redact => {
  // Longest first: a secret may be part of another. In any case of letters: servers fold what they echo.
  const patterns = secrets
    .filter((text) => text.length > 0)
    .sort((a, b) => b.length - a.length)
    .map((text) => new RegExp(text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'gi'));

  const text = (value: string): string =>
    patterns
      .reduce((rest, secret) => rest.replace(secret, hidden), value)
      .replace(schemes, `$1 ${hidden}`)
      .replace(userInfo, `$1${hidden}@`);

  const clean = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= maxDepth) return hidden;
    if (value instanceof Error) {
      const code = 'code' in value ? { code: clean(value.code, depth + 1) } : {};
      const cause = value.cause === undefined ? {} : { cause: clean(value.cause, depth + 1) };
      return { name: value.name, ...code, message: text(value.message), ...cause };
    }
    if (Array.isArray(value)) return value.map((each) => clean(each, depth + 1));
    return record(value, depth + 1);
  };

  const record = (value: object, depth: number): Record<string, unknown> =>
    Object.fromEntries(Object.entries(value).map(([name, each]) => [name, secretName.test(name) ? hidden : clean(each, depth)]));

  return (facts) => record(facts, 0);
};
