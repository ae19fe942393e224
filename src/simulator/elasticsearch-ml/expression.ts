/** Something that an expression can name, by id or by group. */
export interface Named {
  readonly id: string;
  readonly groups?: readonly string[];
}

/** What an expression names, and which of its tokens named nothing though they had to. */
export interface Expansion<Item extends Named> {
  readonly items: readonly Item[];
  readonly unmatched: readonly string[];
}

const byId = (left: Named, right: Named) => (left.id < right.id ? -1 : left.id > right.id ? 1 : 0);

/** Never goes back further than to the last star, so that no expression takes long. */
function fits(glob: string, name: string): boolean {
  let star = -1;
  let retry = 0;
  let position = 0;
  let index = 0;
  while (index < name.length) {
    if (glob[position] === '*') {
      star = position;
      retry = index;
      position += 1;
    } else if (glob[position] === name[index]) {
      position += 1;
      index += 1;
    } else {
      if (star < 0) return false;
      position = star + 1;
      retry += 1;
      index = retry;
    }
  }
  return position === glob.length || glob.slice(position) === '*';
}

/** Tokens of a list; blank ones do not count. */
export const tokenize = (expression: string): readonly string[] =>
  expression
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '');

const namesOf = (item: Named) => [item.id, ...(item.groups ?? [])];

/**
 * Ids, groups, wildcards, `_all` (only alone) and lists of them. A token without wildcard has to match whatever
 * `allowNoMatch` says; wildcards only when it is false. The result is in order of the ids.
 */
export function expand<Item extends Named>(expression: string, items: readonly Item[], allowNoMatch: boolean): Expansion<Item> {
  const tokens = tokenize(expression);
  const wanted = tokens.length === 0 || (tokens.length === 1 && tokens[0] === '_all') ? ['*'] : tokens;
  const found = new Set<Item>();
  const unmatched: string[] = [];
  for (const token of wanted) {
    const wildcard = token.includes('*');
    const glob = token.replace(/\*+/g, '*');
    const hits = items.filter((item) => namesOf(item).some((name) => (wildcard ? fits(glob, name) : name === token)));
    for (const hit of hits) found.add(hit);
    if (hits.length === 0 && (!wildcard || !allowNoMatch)) unmatched.push(token);
  }
  return { items: [...found].sort(byId), unmatched };
}
