/** How alike two words are: 1 when equal, 0 when nothing matches (Lucene's LevenshteinDistance). */
function likeness(left: string, right: string): number {
  const longest = Math.max(left.length, right.length);
  if (longest === 0) return 1;
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, substitution));
    }
    previous = current;
  }
  return 1 - (previous[right.length] ?? 0) / longest;
}

/** The words more than half alike, the most alike first. */
export const similarWords = (word: string, candidates: Iterable<string>): readonly string[] =>
  [...new Set(candidates)]
    .map((candidate) => ({ candidate, score: likeness(word, candidate) }))
    .filter(({ score }) => score > 0.5)
    .sort((left, right) => right.score - left.score || (left.candidate < right.candidate ? -1 : 1))
    .map(({ candidate }) => candidate);
