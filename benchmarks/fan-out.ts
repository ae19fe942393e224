/**
 * 10,000 subscribers to one task on one process, one event at a time: Vigil's fan-out, against Vigil with a stream of its own for each client (as it was before
 * there was a fan-out), and against graphql-ws as it comes. All servers are up; they take turns, in reversed order every round.
 * `npx tsc -p benchmarks && node --expose-gc dist/benchmarks/benchmarks/fan-out.js [subscribers] [rounds]`
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type Way = 'vigil' | 'before' | 'graphql-ws';
export interface ServerRequest {
  readonly publish?: boolean;
  /** Size of the event. */
  readonly bytes?: number;
}
export interface ServerReport {
  readonly port?: number;
  readonly taskId?: string;
  readonly at?: string;
  readonly cpuMs?: number;
  readonly rssMiB?: number;
}
export type ClientsRequest =
  | { readonly open: number; readonly port: number; readonly taskId: string }
  | { readonly pause: number }
  | { readonly expect: number };
export interface ClientsReport {
  readonly opened?: number;
  readonly ready?: boolean;
  readonly firstAt?: string;
  readonly lastAt?: string;
}

interface Delivery {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly cpuUs: number;
  /** A query sent with the event was answered after this. */
  readonly queryMs?: number;
}

const ways = (process.argv[4]?.split(',') ?? ['vigil', 'before', 'graphql-ws']) as readonly Way[];
const subscribers = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 9);
const unread = Math.floor(subscribers / 10);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const start = (file: string, ...args: string[]): ChildProcess =>
  fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: ['--expose-gc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
const ask = async <Report>(child: ChildProcess, request: ServerRequest | ClientsRequest): Promise<Report> => {
  const answer = once(child, 'message');
  child.send(request);
  return (await answer)[0] as Report;
};
const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const createContender = async (way: Way) => {
  const server = start('fan-out-server.js', way);
  const [{ port = 0, taskId = '' }] = (await once(server, 'message')) as [ServerReport];
  const clients = start('fan-out-clients.js');
  await rest(500);
  const idle = async (): Promise<number> => {
    await rest(1_000);
    return (await ask<ServerReport>(server, {})).rssMiB ?? Number.NaN;
  };
  // Code that is compiled on the first subscription is no subscriber's.
  await ask<ClientsReport>(clients, { open: Math.min(200, subscribers / 10), port, taskId });
  const before = await idle();
  await ask<ClientsReport>(clients, { open: subscribers, port, taskId });
  const after = await idle();
  const perSubscriberKiB = ((after - before) * 1024) / (subscribers - Math.min(200, subscribers / 10));

  const deliver = async (
    options: { readonly query?: boolean; readonly bytes?: number; readonly expect?: number } = {},
  ): Promise<Delivery> => {
    await ask<ClientsReport>(clients, { expect: options.expect ?? subscribers });
    const arrival = once(clients, 'message');
    await rest(20);
    const { at = '0', cpuMs = 0 } = await ask<ServerReport>(server, { publish: true, bytes: options.bytes ?? 0 });
    const askedAt = performance.now();
    const answered = options.query
      ? fetch(`http://127.0.0.1:${port}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query: '{ backends { id key } }' }),
        }).then(async (response) => {
          await response.text();
          return performance.now() - askedAt;
        })
      : undefined;
    const [{ firstAt = '0', lastAt = '0' }] = (await arrival) as [ClientsReport];
    const queryMs = await answered;
    const { cpuMs: cpuAfter = 0 } = await ask<ServerReport>(server, {});
    const ms = (then: string): number => Number(BigInt(then) - BigInt(at)) / 1e6;
    return {
      firstMs: ms(firstAt),
      lastMs: ms(lastAt),
      cpuUs: ((cpuAfter - cpuMs) * 1000) / (options.expect ?? subscribers),
      ...(queryMs !== undefined && { queryMs }),
    };
  };
  return {
    way,
    perSubscriberKiB,
    deliver,
    idle,
    pause: (count: number) => ask<ClientsReport>(clients, { pause: count }),
    end: () => {
      server.kill();
      clients.kill();
    },
  };
};
type Contender = Awaited<ReturnType<typeof createContender>>;

const contenders: Contender[] = [];
for (const way of ways) contenders.push(await createContender(way));
say(`${subscribers} subscribers, node ${process.version}`);

const found = new Map<Contender, Delivery[]>(contenders.map((each) => [each, []]));
for (const each of contenders) for (let warm = 0; warm < 3; warm += 1) await each.deliver();
for (let round = 0; round < rounds; round += 1) {
  for (const each of round % 2 === 0 ? contenders : contenders.toReversed()) {
    await rest(200);
    found.get(each)?.push(await each.deliver());
  }
}
const [vigil, ...others] = contenders;
const deliveries = (each: Contender | undefined): readonly Delivery[] => (each && found.get(each)) ?? [];
for (const each of contenders) {
  const all = deliveries(each);
  const of = (key: 'firstMs' | 'lastMs' | 'cpuUs'): string => median(all.map((one) => one[key])).toFixed(1);
  say(
    `${each.way}: first ${of('firstMs')} ms, last ${of('lastMs')} ms, CPU per message ${of('cpuUs')} µs, memory per subscriber ${each.perSubscriberKiB.toFixed(1)} KiB`,
  );
}
for (const other of others) {
  const ratio = (key: 'lastMs' | 'cpuUs'): string => {
    const ratios = deliveries(other).map((one, round) => one[key] / (deliveries(vigil)[round]?.[key] ?? Number.NaN));
    return `${median(ratios).toFixed(2)}x (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
  };
  say(`${other.way} against vigil, round by round: last delivery ${ratio('lastMs')}, CPU ${ratio('cpuUs')}`);
}
// graphql-ws alone answers no HTTP.
for (const each of contenders.filter(({ way }) => way !== 'graphql-ws')) {
  const waits: number[] = [];
  for (let round = 0; round < 5; round += 1) waits.push((await each.deliver({ query: true })).queryMs ?? Number.NaN);
  say(`${each.way}: a query sent with the event is answered after ${median(waits).toFixed(1)} ms`);
}
for (const other of others) other.end();

if (vigil) {
  const eventBytes = 60_000;
  const events = 30;
  await vigil.pause(unread);
  const readers = subscribers - unread;
  const sizes = [await vigil.idle()];
  for (let event = 1; event <= events; event += 1) {
    await vigil.deliver({ bytes: eventBytes, expect: readers });
    if (event % (events / 6) === 0) sizes.push(await vigil.idle());
  }
  say(
    `${unread} of ${subscribers} read nothing, ${events} events of ${eventBytes / 1000} kB: memory ${sizes.map((size) => size.toFixed(0)).join(', ')} MiB`,
  );
  vigil.end();
}
process.exit(0);
