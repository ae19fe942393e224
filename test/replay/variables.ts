/** Ids that the recording and the simulator call differently. */
export interface Variables {
  /** Says that these two are the same thing; false where one of them is known to be something else. */
  learn(recorded: string, actual: string): boolean;
  known(recorded: string): string | undefined;
  /** A recorded text in the words of the simulator. */
  translate(text: string): string;
}

/** No ids known yet. */
export function createVariables(): Variables {
  const actuals = new Map<string, string>();
  const recordeds = new Map<string, string>();
  return {
    learn(recorded, actual) {
      if ((actuals.get(recorded) ?? actual) !== actual || (recordeds.get(actual) ?? recorded) !== recorded) return false;
      actuals.set(recorded, actual);
      recordeds.set(actual, recorded);
      return true;
    },
    known: (recorded) => actuals.get(recorded),
    translate(text) {
      // The longest first: the id of a task begins with the one of its node.
      const ordered = [...actuals].sort(([left], [right]) => right.length - left.length);
      const marks = ordered.map(([recorded, actual], index) => ({ recorded, actual, mark: `\u0000${index}\u0000` }));
      const marked = marks.reduce(
        (result, { recorded, mark }) => result.replaceAll(recorded, mark).replaceAll(encodeURIComponent(recorded), mark),
        text,
      );
      return marks.reduce((result, { mark, actual }) => result.replaceAll(mark, actual), marked);
    },
  };
}
