/** Where two texts begin to differ. */
export const firstDifference = (committed: string, printed: string): string | undefined => {
  if (committed === printed) return undefined;
  const before = committed.split('\n');
  const now = printed.split('\n');
  const index = now.findIndex((line, each) => line !== before[each]);
  const at = index < 0 ? now.length : index;
  return `line ${at + 1}: committed "${before[at] ?? ''}", the code says "${now[at] ?? ''}"`;
};
