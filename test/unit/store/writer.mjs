// A process of its own that writes until it is killed. Prints the number of each write once it is durable.
const [, , module, path] = process.argv;
const { createEmbeddedStore } = await import(module);
const store = createEmbeddedStore({ path, onFault: (fault) => process.stdout.write(`fault ${fault.kind}\n`) });
process.stdout.write('ready\n');
for (let n = 0; ; n += 1) {
  const [, sequence] = await Promise.all([
    store.put(`n/${String(n).padStart(8, '0')}`, `value ${n}`),
    store.append('s', `${n}`, { keep: 10 }),
  ]);
  await store.writeLarge(
    `large/${n}`,
    (async function* () {
      yield Buffer.alloc(300_000, n % 256);
    })(),
  );
  process.stdout.write(`${n} ${sequence}\n`);
}
