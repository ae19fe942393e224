/** Edits (insert, remove, replace, swap neighbours) between two words. */
const distance = (a: string, b: string): number => {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_each, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(replaced, swapped, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? b.length;
};

/** The candidate somebody most likely meant; undefined when none is near. Case and separators do not count. */
const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, '').slice(0, 64);
  const meant = plain(word);
  const measured = candidates
    .map((candidate) => ({ candidate, edits: distance(meant, plain(candidate)) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(Math.min(meant.length, candidate.length) / 3)))
    .sort((a, b) => a.edits - b.edits);
  return measured[0]?.candidate;
};

/** ` (did you mean "port"?)`, or nothing. */
export const didYouMean = (word: unknown, candidates: readonly string[]): string => {
  const guess = typeof word === 'string' ? nearest(word, candidates) : undefined;
  return guess === undefined ? '' : ` (did you mean "${guess}"?)`;
};
