import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type CallCounter, createCallCounter } from './call-counter.js';
import { answerControl, controlPrefix } from './control.js';
import type { SimulatedAnswer, SimulatedRequest, Simulation } from './exchange.js';
import { createFaultSource, type FaultSource } from './fault-source.js';
import { sendAnswer, sendCut, sendHeld } from './sending.js';
import type { Fault, RunningSimulator, SimulatorOptions } from './simulator.js';
import { SimulatorError } from './simulator-error.js';
import { createTimers, type Timers } from './timers.js';

/** Above what any simulated server takes, so that the simulation and not Node refuses what is too long. */
const maxHeaderSize = 256 * 1024;

interface Host {
  readonly simulation: Simulation;
  readonly calls: CallCounter;
  readonly faults: FaultSource;
  readonly timers: Timers;
  readonly basePath: string;
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk)));
  return Buffer.concat(chunks);
}

async function readRequest(message: IncomingMessage, uri: string): Promise<SimulatedRequest> {
  const [path = '', ...rest] = uri.split('?');
  const bytes = await readBody(message);
  return {
    method: message.method ?? 'GET',
    uri,
    path,
    query: rest.join('?'),
    headers: message.headers,
    headerBytes: message.rawHeaders.reduce((bytes, part) => bytes + Buffer.byteLength(part) + 2, 0),
    body: bytes.toString('utf8'),
    bytes,
  };
}

function faultAnswer(fault: Fault): SimulatedAnswer {
  const text = typeof fault.body === 'string' ? fault.body : fault.body === undefined ? '' : JSON.stringify(fault.body);
  const type = typeof fault.body === 'string' ? 'text/plain; charset=UTF-8' : 'application/json';
  return { status: fault.status ?? 200, headers: { 'content-type': type, ...fault.headers }, body: text };
}

async function answerWithFault(host: Host, fault: Fault, request: SimulatedRequest, response: ServerResponse): Promise<void> {
  if (fault.latencyMs !== undefined) await host.timers.wait(fault.latencyMs);
  if (fault.reset === true) {
    response.socket?.resetAndDestroy();
    return;
  }
  const instead = fault.status !== undefined || fault.body !== undefined;
  const answer = instead ? faultAnswer(fault) : await host.simulation.answer(request);
  if (fault.hang === true) return;
  if (fault.cutAfterBytes !== undefined) await sendCut(response, answer, fault.cutAfterBytes);
  else if (fault.holdAfterBytes !== undefined) await sendHeld(response, answer, fault.holdAfterBytes, host.faults.replaced());
  else await sendAnswer(response, request.method, answer);
}

const json = (status: number, body: unknown): SimulatedAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

async function serve(host: Host, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = message.url ?? '/';
  const inside = url.startsWith(host.basePath);
  const uri = inside ? url.slice(host.basePath.length).replace(/^(?!\/)/, '/') : url;
  const request = await readRequest(message, uri);
  const method = request.method;
  if (request.path.startsWith(`${controlPrefix}/`)) {
    const { status, body } = await answerControl(host, method, request.path.slice(controlPrefix.length), request.body);
    await sendAnswer(response, method, json(status, body));
    return;
  }
  if (!inside) {
    await sendAnswer(response, method, {
      status: 404,
      headers: { 'content-type': 'text/html' },
      body: '<html><body>404 Not Found</body></html>',
    });
    return;
  }
  const route = host.simulation.route(method, request.path);
  host.calls.count(route);
  const fault = host.faults.take(route);
  if (fault === undefined) await sendAnswer(response, method, await host.simulation.answer(request));
  else await answerWithFault(host, fault, request, response);
}

/** Runs a vendor's simulation over real HTTP: base path, faults, counters, control routes. */
export async function startHost(options: SimulatorOptions, simulation: Simulation): Promise<RunningSimulator> {
  const basePath = (options.basePath ?? '').replace(/\/+$/, '');
  const host: Host = {
    simulation,
    calls: createCallCounter(),
    faults: createFaultSource(options.faultsFile),
    timers: createTimers(1),
    basePath: basePath === '' || basePath.startsWith('/') ? basePath : `/${basePath}`,
  };
  const server = createServer({ maxHeaderSize, keepAliveTimeout: 65_000 }, (message, response) => {
    serve(host, message, response).catch((cause: unknown) => {
      if (message.destroyed && !message.complete) return;
      const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      if (response.headersSent) response.socket?.destroy();
      else void sendAnswer(response, 'GET', json(500, { error: `the simulator itself failed: ${reason}` }));
    });
  });
  const hostname = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new SimulatorError(`cannot listen on ${hostname}:${options.port ?? 0}`, { cause })));
    server.listen(options.port ?? 0, hostname, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const stop = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    host.timers.dispose();
    simulation.dispose();
    await closed;
  };
  let stopped: Promise<void> | undefined;
  const shown = hostname.includes(':') ? `[${hostname}]` : hostname;
  return {
    url: `http://${shown}:${port}${host.basePath}`,
    port,
    calls: () => host.calls.snapshot(),
    resetCalls: () => host.calls.reset(),
    setFaults: (faults) => host.faults.set(faults),
    dispose() {
      stopped ??= stop();
      return stopped;
    },
  };
}
