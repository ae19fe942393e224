import { defineConfig } from 'vitest/config';

// `graphql` must resolve to one module: CommonJS packages load index.js, so ours has to as well ("another module or realm").
const alias = [{ find: /^graphql$/, replacement: 'graphql/index.js' }];

const project = (name: string) => ({
  resolve: { alias },
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    // Fails a file whose gateways told a secret.
    setupFiles: ['test/support/spoken/setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks' as const,
  },
});

export default defineConfig({
  resolve: { alias },
  test: {
    // Much of it waits: a third one uses the time.
    maxWorkers: 3,
    projects: ['unit', 'vendors', 'gateway', 'progress', 'e2e', 'architecture', 'replay'].map(project),
  },
});
