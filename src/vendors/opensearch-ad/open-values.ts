/** Deeper than anything the query languages of the vendors nest, and than what can be walked and written is allowed to. */
const mostNested = 100;

/** Whether a value of any form can be walked and written; whoever sent it chose how deep it is. */
const isShallow = (value: unknown): boolean => {
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth <= mostNested; depth += 1) {
    const below = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
    if (below.length === 0) return true;
    level = below;
  }
  return false;
};

/** A value of a form the vendor leaves open, as it came; null when it nests too deep to be shown. */
export const openValue = (value: unknown): unknown => (isShallow(value) ? value : null);
