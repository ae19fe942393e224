import type { Command } from 'commander';
import WebSocket from 'ws';
import { createClient, type VigilClient } from '../client/index.js';
import type { CliIo } from './io.js';
import { createPrinter, type Printer } from './printer.js';

const defaultUrl = 'http://127.0.0.1:4000';

/** Options of every command that talks to a gateway. */
interface ConnectionOptions {
  readonly url?: string;
  readonly token?: string;
  readonly json?: boolean;
}

/** Declares them on a command; they may also stand before its name. */
export const withConnection = (command: Command): Command =>
  command
    .option('--url <url>', `the gateway (default: VIGIL_URL, else ${defaultUrl})`)
    .option('--token <token>', 'bearer token (better in VIGIL_TOKEN: arguments can be seen by others)')
    .option('--json', 'one JSON document per line');

/** What a command that talks to a gateway works with. */
export interface Connected {
  readonly client: VigilClient;
  readonly printer: Printer;
  readonly io: CliIo;
}

/** Runs the body with a client that is closed afterwards, whatever happens. */
export const connected = async <T>(io: CliIo, command: Command, body: (connection: Connected) => Promise<T>): Promise<T> => {
  const options: ConnectionOptions = { ...command.parent?.optsWithGlobals<ConnectionOptions>(), ...command.opts<ConnectionOptions>() };
  const printer = createPrinter(io, options.json ?? false);
  const token = options.token ?? io.env.VIGIL_TOKEN;
  const client = createClient({
    url: options.url ?? io.env.VIGIL_URL ?? defaultUrl,
    ...(token ? { token } : {}),
    webSocketImpl: WebSocket,
    onConnection: (state) => {
      if (state === 'lost') printer.note('The connection to the gateway is lost; it is being opened again.');
    },
  });
  try {
    return await body({ client, printer, io });
  } finally {
    await client.dispose();
  }
};
