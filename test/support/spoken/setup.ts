import { afterAll, expect } from 'vitest';
import { spoken } from '../spoken.js';
import { listenToServers } from './listen.js';

// The keys of the vendor's own documentation: that of its samples, and that of its encrypted bodies (SymetryML 6.3).
for (const key of ['VLmAm+WkpnA5zp2wXiSYkw==', 'EYpWjGPaoMoFUb/jfW95PQ==']) spoken.forbidSecret('a key of the samples', key);
listenToServers(spoken);

// Hooks end in reverse order: what others do after their tests is heard as well.
afterAll(() => {
  expect(spoken.findings(), 'secrets that were told').toEqual([]);
});
