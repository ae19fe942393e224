import { after, endOf, keyOf, kinds, nameOf } from './row-keys.js';
import type { Rows } from './rows.js';

const decode = (value: Buffer): string => value.toString('utf8');

export const getValue = (rows: Rows, key: string): string | undefined => {
  const value = rows.get(keyOf(kinds.value, key));
  return value === undefined ? undefined : decode(value);
};

export const putValue = (rows: Rows, key: string, value: string): void => rows.set(keyOf(kinds.value, key), Buffer.from(value, 'utf8'));

export const putValueIfAbsent = (rows: Rows, key: string, value: string): boolean => {
  if (rows.get(keyOf(kinds.value, key)) !== undefined) return false;
  putValue(rows, key, value);
  return true;
};

export const deleteValue = (rows: Rows, key: string): void => rows.delete(keyOf(kinds.value, key));

export const listValues = (
  rows: Rows,
  prefix: string,
  limit: number,
  last: string | undefined,
): readonly { readonly key: string; readonly value: string }[] => {
  const first = keyOf(kinds.value, prefix);
  const next = last === undefined ? undefined : after(keyOf(kinds.value, last));
  const from = next === undefined || next < first ? first : next;
  return rows.scan(from, endOf(first), limit).map(({ key, value }) => ({ key: nameOf(key), value: decode(value) }));
};
