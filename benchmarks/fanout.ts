/**
 * Many subscribers to one task on one process, one event at a time: Vigil against graphql-ws as it comes. Both servers are up; they take turns, in reversed order
 * every round. All times are those of the clients: a second process with as many bare sockets, on the same machine.
 *
 * `npx tsc -p benchmarks && node --expose-gc dist/benchmarks/benchmarks/fanout.js [subscribers] [rounds] [ways]`
 *
 * `ways`: of `vigil`, `graphql-ws`, `apart` (Vigil with a stream of its own for each client), `bare ws` (sockets with nothing behind them), by commas.
 * Who does not read is buffered by the kernel first, with up to 4 MiB a socket, which is not in a process's memory. In a network of its own it takes less:
 * `unshare -n sh -c 'ip link set lo up; for way in r w; do echo 4096 16384 65536 > /proc/sys/net/ipv4/tcp_${way}mem; done; node … fanout.js'`
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type Way = 'vigil' | 'apart' | 'graphql-ws' | 'bare ws';
export interface ServerRequest {
  /** What happened so far does not count. */
  readonly prepare?: boolean;
  /** Size of an event to publish. */
  readonly publish?: number;
  /** Memory is asked for. */
  readonly collect?: boolean;
}
export interface ServerReport {
  readonly port?: number;
  readonly taskId?: string;
  readonly at?: string;
  readonly cpuMs?: number;
  /** Longest wait for a turn since the last event. */
  readonly loopDelayMs?: number;
  readonly published?: number;
  readonly rss?: number;
  readonly heapUsed?: number;
  readonly sent?: number;
  readonly joined?: number;
}
export type ClientsRequest =
  | { readonly open: number; readonly port: number; readonly taskId: string }
  | { readonly pause: number }
  | { readonly resume: number; readonly until: string }
  | { readonly expect: number };
export interface ClientsReport {
  readonly done?: boolean;
  readonly firstAt?: string;
  readonly lastAt?: string;
}

interface Delivery {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly cpuUs: number;
  readonly loopDelayMs: number;
}

const subscribers = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 9);
const ways = (process.argv[4]?.split(',') ?? ['vigil', 'graphql-ws', 'bare ws']) as readonly Way[];
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
  const server = start('fanout-server.js', way);
  const [{ port = 0, taskId = '' }] = (await once(server, 'message')) as [ServerReport];
  const clients = start('fanout-clients.js');
  await rest(500);
  const memory = async (): Promise<Required<ServerReport>> => {
    await rest(1_000);
    return ask<Required<ServerReport>>(server, { collect: true });
  };
  // What is compiled for the first subscriptions, and the young generation's growth, is no subscriber's.
  const few = subscribers / 10;
  await ask<ClientsReport>(clients, { open: few, port, taskId });
  const before = await memory();
  await ask<ClientsReport>(clients, { open: subscribers, port, taskId });
  const after = await memory();
  const perSubscriber = (key: 'rss' | 'heapUsed'): string => ((after[key] - before[key]) / (subscribers - few) / 1_000).toFixed(1);

  const deliver = async ({ bytes = 0, expect = subscribers } = {}): Promise<Delivery> => {
    await ask<ClientsReport>(clients, { expect });
    await ask<ServerReport>(server, { prepare: true });
    const arrival = once(clients, 'message');
    await rest(20);
    const { at = '0', cpuMs = 0 } = await ask<ServerReport>(server, { publish: bytes });
    const [{ firstAt = '0', lastAt = '0' }] = (await arrival) as [ClientsReport];
    const { cpuMs: cpuAfter = 0, loopDelayMs = 0 } = await ask<ServerReport>(server, {});
    const ms = (then: string): number => Number(BigInt(then) - BigInt(at)) / 1e6;
    return { firstMs: ms(firstAt), lastMs: ms(lastAt), cpuUs: ((cpuAfter - cpuMs) * 1_000) / expect, loopDelayMs };
  };

  /** A query sent with the event is answered after this. */
  const query = async (): Promise<number> => {
    const delivery = deliver();
    await rest(22);
    const askedAt = performance.now();
    const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ backends { id key } }' }),
    });
    await answer.text();
    const answeredMs = performance.now() - askedAt;
    await delivery;
    return answeredMs;
  };
  return {
    way,
    memoryText: `${perSubscriber('rss')} kB (heap ${perSubscriber('heapUsed')} kB)`,
    deliver,
    query,
    memory,
    clients,
    end: () => {
      server.kill();
      clients.kill();
    },
  };
};
type Contender = Awaited<ReturnType<typeof createContender>>;

/** Some read nothing while much happens: the server's memory, and what they are told when they read again. */
const showUnread = async (vigil: Contender): Promise<void> => {
  const unread = Math.floor(subscribers / 10);
  const bytes = 50_000;
  const events = 60;
  await ask(vigil.clients, { pause: unread });
  const series = [(await vigil.memory()).rss];
  for (let event = 1; event <= events; event += 1) {
    await vigil.deliver({ bytes, expect: subscribers - unread });
    if (event % (events / 6) === 0) series.push((await vigil.memory()).rss);
  }
  const before = await vigil.memory();
  await vigil.deliver({ bytes, expect: subscribers - unread });
  const { sent, joined, published } = await vigil.memory();
  const stuck = subscribers - (sent - before.sent);
  say(
    `${unread} of ${subscribers} read nothing while ${events} events of ${bytes / 1_000} kB happen: memory ${series.map((size) => (size / 1e6).toFixed(0)).join(', ')} MB; ${stuck} take nothing more by then`,
  );
  await ask(vigil.clients, { resume: unread, until: `"progress":${published / 1_000_000}` });
  const after = await vigil.memory();
  say(
    `they read again: ${after.sent - sent} messages bring them to the latest, ${after.joined - joined} of them of several events; memory ${(after.rss / 1e6).toFixed(0)} MB`,
  );
};

const contenders: Contender[] = [];
for (const way of ways) contenders.push(await createContender(way));
say(`${subscribers} subscribers, node ${process.version}; medians of ${rounds} rounds`);

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
  const of = (key: keyof Delivery): string => median(deliveries(each).map((one) => one[key])).toFixed(1);
  say(
    `${each.way}: first ${of('firstMs')} ms, last ${of('lastMs')} ms, longest wait for a turn ${of('loopDelayMs')} ms, CPU per message ${of('cpuUs')} µs, memory per idle subscriber ${each.memoryText}`,
  );
}
for (const other of others) {
  const ratio = (key: 'lastMs' | 'cpuUs'): string => {
    const ratios = deliveries(other).map((one, round) => one[key] / (deliveries(vigil)[round]?.[key] ?? Number.NaN));
    return `${median(ratios).toFixed(2)}x (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
  };
  say(`${other.way} against ${ways[0]}, round by round: last delivery ${ratio('lastMs')}, CPU ${ratio('cpuUs')}`);
}
for (const other of others) other.end();
if (vigil?.way === 'vigil') {
  const waits: number[] = [];
  for (let round = 0; round < 5; round += 1) waits.push(await vigil.query());
  say(`vigil: a query sent with the event is answered after ${median(waits).toFixed(1)} ms`);
  await showUnread(vigil);
}
vigil?.end();
process.exit(0);
