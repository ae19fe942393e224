// The arrows of docs/architecture.md. A folder may import itself, src/errors.ts, and what its rule names; everything else is forbidden.
const arrows = {
  domain: [],
  http: ['domain'],
  store: ['domain'],
  loaders: ['store', 'domain'],
  progress: ['store', 'domain'],
  graphql: ['loaders', 'progress', 'domain'],
  execution: ['domain'],
  server: ['execution', 'graphql', 'domain'],
  client: [],
  simulator: [],
  config: ['domain', 'execution', 'server'],
  cli: ['config', 'gateway', 'simulator', 'client', 'domain', 'vendors'],
};

const folder = (name) => `^src/${name}(/|\\.ts$)`;

const layerRule = ([from, to]) => ({
  name: `${from}-imports-only-its-arrows`,
  comment: `${from} may import ${[from, ...to, 'errors'].join(', ')}`,
  severity: 'error',
  from: { path: folder(from) },
  to: { path: '^src/', pathNot: [...[from, ...to, 'errors'].map(folder)] },
});

module.exports = {
  forbidden: [
    ...Object.entries(arrows).map(layerRule),
    {
      name: 'cli-reads-only-the-vendor-registry',
      severity: 'error',
      from: { path: folder('cli') },
      to: { path: '^src/vendors/', pathNot: '^src/vendors/registry\\.ts$' },
    },
    {
      name: 'registry-imports-only-vendors',
      severity: 'error',
      from: { path: '^src/vendors/registry\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/vendors/[^/]+/index\\.ts$', folder('domain'), folder('errors')] },
    },
    {
      name: 'vendors-import-only-http-and-domain',
      severity: 'error',
      from: { path: '^src/vendors/([^/]+)/', pathNot: '/graphql\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/vendors/$1/', folder('http'), folder('domain'), folder('errors')] },
    },
    // One rule for each depth: an optional part makes the pattern unsafe in the tool's eyes.
    ...['', '[^/]+/'].map((below, depth) => ({
      name: `vendor-graphql-imports-only-the-kit-${depth}`,
      severity: 'error',
      from: { path: `^src/vendors/([^/]+)/${below}graphql\\.ts$` },
      to: { path: '^src/', pathNot: ['^src/vendors/$1/', '^src/graphql/kit\\.ts$'] },
    })),
    {
      name: 'main-is-thin',
      severity: 'error',
      from: { path: '^src/main\\.ts$' },
      to: { path: '^src/', pathNot: ['cli', 'config', 'gateway', 'errors'].map(folder) },
    },
    {
      name: 'errors-imports-nothing',
      severity: 'error',
      from: { path: '^src/errors\\.ts$' },
      to: { path: '^src/' },
    },
    { name: 'no-cycles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    {
      name: 'simulators-and-adapters-never-meet',
      comment: 'Code shared by both would let one misreading pass every test.',
      severity: 'error',
      from: { path: folder('simulator') },
      to: { path: ['^src/vendors/', '^src/http/'] },
    },
    {
      name: 'no-dev-dependencies-in-the-product',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
