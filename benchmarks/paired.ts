/** One way of doing something. */
export interface Contender {
  readonly name: string;
  run(): Promise<unknown>;
}

export interface Comparison {
  /** CPU of the other per CPU of the one: above 1 the one is cheaper. Median of the rounds. */
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  /** CPU of one call in milliseconds, median of the rounds. */
  readonly oneMs: number;
  readonly otherMs: number;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** CPU time of one call in milliseconds, over a slice of at least this long. */
const cpuPerCall = async ({ run }: Contender, sliceMs: number): Promise<number> => {
  const until = performance.now() + sliceMs;
  const before = process.cpuUsage();
  let calls = 0;
  do {
    await run();
    calls += 1;
  } while (performance.now() < until);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / calls;
};

/** Slices in turn, the order reversed every round: on a noisy machine only the ratios of a round mean something. */
export const comparePaired = async (
  one: Contender,
  other: Contender,
  { rounds = 7, sliceMs = 500 }: { readonly rounds?: number; readonly sliceMs?: number } = {},
): Promise<Comparison> => {
  await one.run();
  await other.run();
  const pairs: (readonly [number, number])[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? [one, other] : [other, one];
    const times = new Map<Contender, number>();
    for (const contender of order) times.set(contender, await cpuPerCall(contender, sliceMs));
    pairs.push([times.get(one) ?? Number.NaN, times.get(other) ?? Number.NaN]);
  }
  const ratios = pairs.map(([first, second]) => second / first);
  return {
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    oneMs: median(pairs.map(([first]) => first)),
    otherMs: median(pairs.map(([, second]) => second)),
  };
};
