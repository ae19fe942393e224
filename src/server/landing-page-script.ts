import { pageOperations, runOnceAction } from './landing-page-operations.js';

/**
 * Runs in the visitor's browser. Speaks graphql-transport-ws by itself, in a page's worth of lines: nothing is fetched from elsewhere. Whatever came from a
 * backend goes in as text, never as markup.
 */
export const pageScript = (graphqlPath: string): string => `'use strict';
const operations = ${JSON.stringify(pageOperations)};
const path = ${JSON.stringify(graphqlPath)};
const byId = (id) => document.getElementById(id);
const tokenForm = byId('token');
const socketUrl = location.origin.replace(/^http/, 'ws') + path;
let token = '';
let socket = null;
let attempt = 0;
let retry = 0;

for (const each of document.querySelectorAll('.origin')) each.textContent = location.origin;
for (const each of document.querySelectorAll('.socket-origin')) each.textContent = location.origin.replace(/^http/, 'ws');
for (const button of document.querySelectorAll('button[data-copy]')) {
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(byId(button.dataset.copy).textContent);
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
}

const element = (name, text, className) => {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = text;
  if (className) made.className = className;
  return made;
};
const cell = (...children) => {
  const made = element('td');
  made.append(...children);
  return made;
};
const setLink = (text, tone) => {
  byId('link').textContent = text;
  byId('link').className = 'chip ' + tone;
};

// A keyed list of table rows; the line for "nothing" shows while it is empty.
const createList = (bodyId, emptyText, limit, newestFirst, draw) => {
  const body = byId(bodyId);
  const rows = new Map();
  const nothing = element('tr');
  nothing.append(Object.assign(cell(element('span', emptyText, 'soft')), { colSpan: 4 }));
  const settle = () => {
    if (rows.size === 0) body.append(nothing);
    else nothing.remove();
  };
  return {
    clear: () => { for (const row of rows.values()) row.remove(); rows.clear(); settle(); },
    put: (item) => {
      const row = draw(item);
      row.dataset.id = item.id;
      const old = rows.get(item.id);
      if (old) old.replaceWith(row);
      else if (newestFirst) body.prepend(row);
      else body.append(row);
      rows.set(item.id, row);
      if (rows.size > limit) { const [oldest, its] = rows.entries().next().value; its.remove(); rows.delete(oldest); }
      settle();
    },
    drop: (id) => { rows.get(id)?.remove(); rows.delete(id); settle(); },
  };
};

const healthTones = { UP: 'good', DEGRADED: 'warn', DOWN: 'bad' };
const offerRunOnce = (backend) => {
  if (!byId('run-once').hidden || !backend.capabilities.includes(${JSON.stringify(runOnceAction)})) return;
  for (const each of document.querySelectorAll('.run-once-key')) each.textContent = backend.key;
  byId('run-once').hidden = false;
};
const backends = createList('backends', 'No backend yet.', 200, false, (backend) => {
  offerRunOnce(backend);
  const row = element('tr');
  const name = element('th', backend.key);
  name.scope = 'row';
  const { status, message, since } = backend.health;
  row.append(name, cell(backend.vendor), cell(backend.version ?? 'unknown'), cell(element('span', status, 'chip ' + (healthTones[status] ?? 'warn'))));
  const details = [backend.readOnly ? 'read-only' : '', message ?? '', 'since ' + new Date(since).toLocaleTimeString()].filter(Boolean);
  row.lastChild.append(' ', element('span', details.join(' · '), 'soft'));
  return row;
});

const stateTones = { SUCCEEDED: 'good', FAILED: 'bad', LOST: 'bad', CANCELLED: 'warn' };
const tasks = createList('tasks', 'Nothing is running. Close a job or start a detector and watch it here.', 100, true, (task) => {
  const target = task.detector?.name || task.job?.nativeId || '';
  const row = element('tr', undefined, task.endedAt ? 'ended' : '');
  const bar = element('progress');
  bar.max = 1;
  bar.setAttribute('aria-label', 'progress of ' + task.kind + ' ' + target);
  const share = task.state === 'SUCCEEDED' ? 1 : task.progress ?? (task.state === 'RUNNING' ? null : task.initProgress);
  if (share !== null) bar.value = share;
  else if (task.endedAt) bar.value = 0;
  const counts = task.counts ? task.counts.current + (task.counts.maximum === null ? '' : ' of ' + task.counts.maximum) + ' ' + (task.counts.unit ?? '').toLowerCase() : '';
  const entities = task.stateCounts.map(({ state, count }) => count + ' ' + state).join(', ');
  const result = task.job && task.job.resultState !== 'NONE' ? 'result ' + task.job.resultState : '';
  const amount = [share === null ? '' : Math.round(share * 100) + ' %', counts, entities, result].filter(Boolean).join(' · ');
  row.append(
    cell(element('strong', task.kind), ' ' + target),
    cell(task.backend.key),
    cell(bar, element('div', amount, 'soft')),
    cell(element('span', task.state, 'chip ' + (stateTones[task.state] ?? '')), ' ', element('span', task.error?.message, 'bad')),
  );
  return row;
});

// Apply a step in the order every client does: reset, then out, then in.
const apply = (list, step, come, go) => {
  if (step.reset) list.clear();
  for (const item of go) list.drop(item.id);
  for (const id of step.forgotten) list.drop(id);
  for (const item of come) list.put(item);
};
const streams = {
  backendsChanged: { query: operations.backendsChanged, after: undefined, take: (step) => apply(backends, step, step.backends, []) },
  tasksProgress: { query: operations.tasksProgress, after: undefined, take: (step) => apply(tasks, step, [...step.added, ...step.changed], step.left) },
};
const complain = (errors) => { byId('problem').textContent = errors.map((error) => error.message).join(' '); };

const onMessage = (message) => {
  if (message.type === 'ping') return socket.send(JSON.stringify({ type: 'pong' }));
  if (message.type === 'connection_ack') {
    attempt = 0;
    setLink('live', 'good');
    byId('problem').textContent = '';
    for (const [id, stream] of Object.entries(streams)) {
      const extensions = stream.after ? { vigil: { after: stream.after } } : undefined;
      socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query: stream.query, extensions } }));
    }
  } else if (message.type === 'next') {
    const { data, errors, extensions } = message.payload;
    if (errors) return complain(errors);
    streams[message.id].take(data[message.id]);
    streams[message.id].after = extensions?.vigil?.cursor ?? streams[message.id].after;
  } else if (message.type === 'error') complain(message.payload);
};

const connect = () => {
  clearTimeout(retry);
  setLink('connecting', 'warn');
  const opened = new WebSocket(socketUrl, 'graphql-transport-ws');
  socket = opened;
  opened.onopen = () => opened.send(JSON.stringify({ type: 'connection_init', payload: token ? { token } : {} }));
  opened.onmessage = (event) => onMessage(JSON.parse(event.data));
  opened.onclose = (event) => {
    if (socket !== opened) return;
    if (event.code === 4403) {
      byId('problem').textContent = 'This token is not accepted.';
      return setLink('not admitted', 'bad');
    }
    setLink('disconnected', 'bad');
    attempt += 1;
    retry = setTimeout(connect, Math.min(10000, 250 * 2 ** attempt) * (0.5 + Math.random() / 2));
  };
};

const start = async () => {
  const headers = { 'content-type': 'application/json' };
  if (token) headers.authorization = 'Bearer ' + token;
  try {
    const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify({ query: operations.backends }) });
    const { data, errors } = await response.json();
    if (errors) complain(errors);
    for (const backend of data?.backends ?? []) backends.put(backend);
  } catch {
    byId('problem').textContent = 'The gateway does not answer.';
  }
  connect();
};

backends.clear();
tasks.clear();
if (tokenForm) {
  setLink('needs a token', 'warn');
  tokenForm.addEventListener('submit', (event) => {
    event.preventDefault();
    token = byId('token-value').value.trim();
    byId('problem').textContent = '';
    socket?.close();
    socket = null;
    start();
  });
} else start();
`;
