import { createHash } from 'node:crypto';
import { ApolloClient, gql, HttpLink, InMemoryCache, split } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { getMainDefinition } from '@apollo/client/utilities';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startToyServer, type ToyServer } from './support/toy-server.js';

let toy: ToyServer;
beforeAll(async () => {
  toy = await startToyServer();
});
afterAll(async () => {
  await toy.server.stop();
});

const hello = 'query Hello($n: String) { hello(name: $n) }';
const count = 'subscription { count(to: 3) { n } }';

describe('Apollo Client', () => {
  it('queries with persisted queries, over GET too, and subscribes', async () => {
    const sockets = createClient({ url: toy.ws, webSocketImpl: WebSocket });
    const sent: string[] = [];
    const http = new HttpLink({
      uri: toy.graphql,
      fetch: (input, init) => {
        sent.push(`${init?.method ?? 'GET'} ${String(init?.body ?? input).includes('hello(name') ? 'text' : 'hash'}`);
        return fetch(input, init);
      },
    });
    const persisted = new PersistedQueryLink({
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
      useGETForHashedQueries: true,
    }).concat(http);
    const isSubscription = ({ query }: { query: Parameters<typeof getMainDefinition>[0] }): boolean => {
      const main = getMainDefinition(query);
      return main.kind === 'OperationDefinition' && main.operation === 'subscription';
    };
    const client = new ApolloClient({ cache: new InMemoryCache(), link: split(isSubscription, new GraphQLWsLink(sockets), persisted) });
    for (const n of ['first', 'second']) {
      const { data } = await client.query<{ hello: string }>({ query: gql(hello), variables: { n } });
      expect(data?.hello).toBe(`hello ${n}`);
    }
    expect(sent).toEqual(['GET hash', 'POST text', 'GET hash']);

    const numbers: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      client
        .subscribe<{ count: { n: number } }>({ query: gql(count) })
        .subscribe({ next: ({ data }) => numbers.push(data?.count.n), error: reject, complete: resolve });
    });
    expect(numbers).toEqual([1, 2, 3]);
    client.stop();
    await sockets.dispose();
  });

  it('reads errors with their codes', async () => {
    const client = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: toy.graphql }) });
    await expect(client.query({ query: gql('{ refused }') })).rejects.toMatchObject({
      errors: [{ message: 'No such thing.', extensions: { code: 'NOT_FOUND' } }],
    });
    await expect(client.query({ query: gql('{ nope }') })).rejects.toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] });
    client.stop();
  });
});

describe('urql', () => {
  it('queries, subscribes and reads errors', async () => {
    const sockets = createClient({ url: toy.ws, webSocketImpl: WebSocket });
    const client = new Client({
      url: toy.graphql,
      preferGetMethod: false,
      exchanges: [
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: ({ query, variables }) => ({
            subscribe: ({ error, complete, next }) => ({
              unsubscribe: sockets.subscribe(
                { query: query ?? '', variables },
                { error, complete, next: ({ data }) => next({ data: data ?? null }) },
              ),
            }),
          }),
        }),
      ],
    });
    expect((await client.query(hello, { n: 'urql' })).data).toEqual({ hello: 'hello urql' });
    expect((await client.query('{ nope }', {})).error?.graphQLErrors[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT' });
    const numbers: unknown[] = [];
    await new Promise<void>((resolve) => {
      client.subscription(count, {}).subscribe(({ data }) => {
        numbers.push(data?.count.n);
        if (numbers.length === 3) resolve();
      });
    });
    expect(numbers).toEqual([1, 2, 3]);
    await sockets.dispose();
  });
});
