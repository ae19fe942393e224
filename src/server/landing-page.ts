import { createHash } from 'node:crypto';
import type { Route } from './exchange.js';
import { sampleOperations, sampleVariables } from './landing-page-operations.js';
import { pageScript } from './landing-page-script.js';
import { pageStyle } from './landing-page-style.js';
import { send } from './respond.js';

/** What the page has to know of the server. */
interface PageOptions {
  readonly graphqlPath: string;
  /** Whether the API wants a token: the page then asks for one, and keeps it in memory only. */
  readonly needsToken: boolean;
}

const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
const origin = '<span class="origin">http://localhost:4000</span>';
const socketOrigin = '<span class="socket-origin">ws://localhost:4000</span>';

/** Titled text with a button; `html` is trusted. */
const sample = (id: string, title: string, html: string): string =>
  `<section class="sample"><header><h3>${title}</h3><button type="button" data-copy="${id}">Copy</button></header><pre id="${id}">${html}</pre></section>`;

const curl = ({ graphqlPath, needsToken }: PageOptions, body: unknown): string => {
  const credentials = needsToken ? ` -H "authorization: Bearer $VIGIL_TOKEN"` : '';
  return `curl -s ${origin}${graphqlPath} -H 'content-type: application/json'${escapeHtml(credentials)} \\\n  -d '${escapeHtml(JSON.stringify(body))}'`;
};

/** The same, about a backend whose key the script puts in. */
const curlAbout = (options: PageOptions, body: unknown): string =>
  curl(options, body).replaceAll('my-backend', '<span class="run-once-key">my-backend</span>');

const wscat = ({ graphqlPath, needsToken }: PageOptions): string => {
  const init = { type: 'connection_init', ...(needsToken && { payload: { token: '…' } }) };
  const subscribe = { id: '1', type: 'subscribe', payload: { query: sampleOperations.subscription } };
  return `npx wscat -c ${socketOrigin}${graphqlPath} -s graphql-transport-ws\n${[init, subscribe].map((message) => escapeHtml(JSON.stringify(message))).join('\n')}`;
};

const client = ({ graphqlPath, needsToken }: PageOptions): string => {
  const params = needsToken ? ', connectionParams: { token }' : '';
  return `import { createClient } from 'graphql-ws';
const client = createClient({ url: '${socketOrigin}${graphqlPath}'${params} }); // Node 20: also webSocketImpl, from ws
for await (const { data } of client.iterate({ query: '${escapeHtml(sampleOperations.subscription)}' })) show(data);`;
};

const tokenForm = `<form id="token"><label for="token-value">Token</label> <input id="token-value" type="password" autocomplete="off" required> <button>Connect</button>
<p class="soft">One of <code>server.auth</code>. It stays in this page and is forgotten with it.</p></form>`;

const render = (options: PageOptions, script: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vigil</title>
<link rel="icon" href="data:,">
<style>${pageStyle}</style>
</head>
<body>
<main>
<span id="link" class="chip warn" role="status">not connected</span>
<h1>Vigil</h1>
<p>One live GraphQL API over every anomaly-detection and ML-job back end a company runs: query them together, act on them with the same verbs, watch every long-running piece of work.</p>
<noscript><p class="warn">Without JavaScript this page shows no live state; everything below works all the same.</p></noscript>
${options.needsToken ? tokenForm : ''}
<p id="problem" class="bad" role="alert"></p>

<h2>Backends</h2>
<div class="scroll"><table><thead><tr><th>Key</th><th>Vendor</th><th>Version</th><th>Health</th></tr></thead><tbody id="backends"></tbody></table></div>

<h2>Tasks</h2>
<div class="scroll"><table><thead><tr><th>Task</th><th>Backend</th><th>Progress</th><th>State</th></tr></thead><tbody id="tasks"></tbody></table></div>

<h2>Endpoints</h2>
<div class="scroll"><table><tbody>
<tr><th scope="row">GraphQL</th><td><code>${origin}${options.graphqlPath}</code></td><td class="soft">queries and mutations, POST or GET</td></tr>
<tr><th scope="row">Subscriptions</th><td><code>${socketOrigin}${options.graphqlPath}</code></td><td class="soft">WebSocket, protocol graphql-transport-ws</td></tr>
<tr><th scope="row">Health</th><td><code>${origin}/health/live</code> <code>${origin}/health/ready</code></td><td class="soft">for probes</td></tr>
<tr><th scope="row">Metrics</th><td><code>${origin}/metrics</code></td><td class="soft">for Prometheus${options.needsToken ? ', with the token' : ''}</td></tr>
</tbody></table></div>

<h2>To paste</h2>
${sample('sample-query', 'Query: jobs of every backend', curl(options, { query: sampleOperations.query }))}
${sample('sample-mutation', 'Mutation: reset a job (put an id from the query)', curl(options, { query: sampleOperations.mutation, variables: sampleVariables.job }))}
<div id="run-once" hidden>
${sample('sample-start', 'Mutation: start a job that runs once (put a project of yours)', curlAbout(options, { query: sampleOperations.start, variables: sampleVariables.start }))}
${sample('sample-result', 'Query: what such a job has made (put its id)', curlAbout(options, { query: sampleOperations.result, variables: sampleVariables.result }))}
</div>
${sample('sample-wscat', 'Subscription: every task, with wscat (paste the lines one after the other)', wscat(options))}
${sample('sample-client', 'Subscription: the same with graphql-ws', client(options))}
</main>
<script>${script}</script>
</body>
</html>
`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Host header that is safe to repeat inside a policy. */
const plainHost = /^[A-Za-z0-9.:[\]-]{1,255}$/;

/** The page for people at `/`. Made once; runs nothing but its own script and reaches nothing but this server. */
export const createPageRoute = (options: PageOptions): Route => {
  const script = pageScript(options.graphqlPath);
  const html = render(options, script);
  const policy = (host: string | undefined): string => {
    // Older browsers do not count ws: as 'self'.
    const sockets = host !== undefined && plainHost.test(host) ? ` ws://${host} wss://${host}` : '';
    return [
      "default-src 'none'",
      `script-src ${hashOf(script)}`,
      `style-src ${hashOf(pageStyle)}`,
      'img-src data:',
      `connect-src 'self'${sockets}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; ');
  };
  return {
    methods: ['GET', 'HEAD'],
    handle: ({ request, response }) =>
      send(response, 200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy(request.headers.host) }, html),
  };
};
