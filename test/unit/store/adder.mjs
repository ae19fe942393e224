// A gateway of its own that adds to a stream what others add to as well, until it is killed. Prints each entry once it knows that it was added.
const [, , module, port, keyPrefix, claimMs, deadlineMs] = process.argv;
const { createRedisStore } = await import(module);
const store = await createRedisStore({
  target: { host: '127.0.0.1', port: Number(port), database: 0 },
  keyPrefix,
  claimMs: Number(claimMs),
  deadlineMs: Number(deadlineMs),
  onFault: ({ message }) => process.stdout.write(`fault ${message}\n`),
});
// The store itself keeps no process alive while it has no connection.
setInterval(() => undefined, 1_000);
let last = 0;
for (let n = 0; ; ) {
  const added = await store.appendAfter('s', `theirs ${n}`, { keep: 1_000_000, after: last });
  if (added.status === 'added') {
    last = added.sequence;
    process.stdout.write(`added ${last} theirs ${n}\n`);
    n += 1;
    continue;
  }
  if (added.status === 'away') await new Promise((resolve) => setTimeout(resolve, 10));
  const { entries, truncated } = await store.read('s', { after: last, limit: 1_000 });
  if (truncated || added.status === 'away') process.stdout.write(`fault ${added.status} ${truncated}\n`);
  last = entries.at(-1)?.sequence ?? last;
}
