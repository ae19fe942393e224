import { Counter, Gauge, type Registry } from 'prom-client';

/** What is counted of shared subscriptions. */
export interface FanOutMetrics {
  opened(): void;
  over(): void;
  executed(): void;
  sent(count: number): void;
  joined(): void;
  closed(): void;
}

/** Registers them; once per registry. */
export const createFanOutMetrics = (registry: Registry): FanOutMetrics => {
  const registers = [registry];
  const groups = new Gauge({
    name: 'vigil_subscription_groups',
    help: 'Distinct subscriptions that are open; identical ones count once.',
    registers,
  });
  const executed = new Counter({
    name: 'vigil_subscription_events_executed_total',
    help: 'Events of subscriptions executed and serialised, each once for all who are told the same.',
    registers,
  });
  const sent = new Counter({
    name: 'vigil_subscription_messages_total',
    help: 'Messages sent for those events, one for each client.',
    registers,
  });
  const joined = new Counter({
    name: 'vigil_subscription_messages_joined_total',
    help: 'Those of them that tell several events at once, to a client that could not keep up.',
    registers,
  });
  const closed = new Counter({
    name: 'vigil_websocket_too_slow_total',
    help: 'WebSockets closed with 4420, because their client did not read.',
    registers,
  });
  return {
    opened: () => groups.inc(),
    over: () => groups.dec(),
    executed: () => executed.inc(),
    sent: (count) => sent.inc(count),
    joined: () => joined.inc(),
    closed: () => closed.inc(),
  };
};
