/** What a JSON text may hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** An object of JSON. */
export interface JsonObject {
  readonly [key: string]: Json;
}

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Parses text; text that is no JSON stays text. */
export function parseOrText(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}

/** The value at a dotted path; `*` is the first member there is. */
export function valueAt(value: Json | undefined, path: string): Json | undefined {
  return path.split('.').reduce<Json | undefined>((found, key) => {
    if (Array.isArray(found)) return key === '*' ? found[0] : found[Number(key)];
    if (!isObject(found)) return undefined;
    return key === '*' ? Object.values(found)[0] : found[key];
  }, value);
}
