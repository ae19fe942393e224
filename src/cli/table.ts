/** Columns under their headings, two blanks apart. Widths only grow, so that pages printed one after another stay aligned. */
export const createTable = (headings: readonly string[]) => {
  const widths = headings.map((heading) => heading.length);
  const format = (row: readonly string[]): string =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  let hasHeading = false;

  return {
    lines(rows: readonly (readonly string[])[]): readonly string[] {
      for (const row of rows) {
        row.forEach((cell, index) => {
          widths[index] = Math.max(widths[index] ?? 0, cell.length);
        });
      }
      const lines = rows.map(format);
      if (!hasHeading && rows.length > 0) lines.unshift(format(headings));
      hasHeading ||= rows.length > 0;
      return lines;
    },
  };
};
