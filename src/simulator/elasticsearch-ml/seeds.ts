import { assignDatafeed } from './datafeed-lifecycle.js';
import { addRecords, bucketSpanMs } from './growth.js';
import { assignJob, failJob } from './job-lifecycle.js';
import { addDatafeed, addJob } from './new-records.js';
import type { JobRecord } from './records.js';
import { type Analysis, datafeedConfig, jobConfig } from './seed-configs.js';
import { addSeedResults } from './seed-results.js';
import type { World } from './world.js';

/** A job to begin with. */
interface Seed {
  readonly id: string;
  readonly groups?: readonly string[];
  readonly analysis: Analysis;
  /** Index and dataset of its datafeed; absent: it has none. */
  readonly source?: { readonly index: string; readonly dataset: string };
  readonly days: number;
  readonly recordsPerSecond: number;
  readonly begin: (world: World, job: JobRecord) => void;
}

const hourMs = 3_600_000;

/** Opened for a while on some node. */
function opened(world: World, job: JobRecord): void {
  assignJob(world, job);
  job.state = 'opened';
  job.openedAt = world.timers.now() - 6 * hourMs;
}

/** Opened, and its datafeed in real time. */
function running(world: World, job: JobRecord): void {
  opened(world, job);
  const datafeed = world.datafeeds.get(`datafeed-${job.id}`);
  if (datafeed === undefined) return;
  datafeed.state = 'started';
  datafeed.searches = 400 + job.counts.buckets;
  assignDatafeed(world, datafeed);
}

function closed(world: World, job: JobRecord): void {
  job.finishedTime = world.timers.now() - 20 * hourMs;
}

const failed = (world: World, job: JobRecord): void =>
  failJob(world, job, '[autodetect] process stopped unexpectedly: Fatal error: failed to restore model state');

function openingLazily(_world: World, job: JobRecord): void {
  job.config = { ...job.config, allow_lazy_open: true };
  job.state = 'opening';
  job.explanation = 'persistent task is awaiting node assignment.';
}

/** Its reset was lost with the node it ran on, and the task is unknown now. Before there was reset, it is just closed. */
function orphanedReset(world: World, job: JobRecord): void {
  closed(world, job);
  if (world.dialect.resets) job.blocked = { reason: 'reset', taskId: `${world.cluster.master().id}:7` };
}

const web = (over: Partial<Analysis>): Analysis => ({
  description: 'Requests per minute of the shop, by response code',
  bucketSpan: '15m',
  function: 'count',
  partition: 'http.response.status_code',
  influencers: ['source.ip', 'http.response.status_code', 'url.path'],
  module: 'nginx-ecs',
  ...over,
});

const seeds: readonly Seed[] = [
  {
    id: 'nginx-request-rate',
    groups: ['web', 'production'],
    analysis: web({}),
    source: { index: 'logs-nginx.access-default', dataset: 'nginx.access' },
    days: 21,
    recordsPerSecond: 120,
    begin: running,
  },
  {
    id: 'nginx-response-time',
    groups: ['web', 'production'],
    analysis: web({ description: 'Slow answers of the shop, by path', function: 'mean', field: 'event.duration', partition: 'url.path' }),
    source: { index: 'logs-nginx.access-default', dataset: 'nginx.access' },
    days: 21,
    recordsPerSecond: 120,
    begin: running,
  },
  {
    id: 'checkout-latency',
    groups: ['payments', 'production'],
    analysis: web({
      description: 'Latency of checkout by payment provider',
      function: 'mean',
      field: 'transaction.duration.us',
      by: 'labels.provider',
      module: 'apm-checkout',
    }),
    source: { index: 'traces-apm.checkout-default', dataset: 'apm.checkout' },
    days: 9,
    recordsPerSecond: 35,
    begin: running,
  },
  {
    id: 'payment-amount-outliers',
    groups: ['payments'],
    analysis: web({
      description: 'Unusual amounts by merchant',
      bucketSpan: '1h',
      function: 'sum',
      field: 'payment.amount',
      by: 'merchant.id',
      module: 'payments',
    }),
    days: 40,
    recordsPerSecond: 12,
    begin: opened,
  },
  {
    id: 'auth-failed-logins',
    groups: ['security'],
    analysis: web({
      description: 'Failed logins by user and source',
      function: 'count',
      partition: 'user.name',
      influencers: ['user.name', 'source.ip'],
      module: 'auth',
    }),
    source: { index: 'logs-system.auth-default', dataset: 'system.auth' },
    days: 30,
    recordsPerSecond: 8,
    begin: running,
  },
  {
    id: 'dns-tunneling',
    groups: ['security', 'network'],
    analysis: web({
      description: 'Information content of DNS questions by registered domain',
      function: 'info_content',
      field: 'dns.question.name',
      partition: 'dns.question.registered_domain',
      module: 'packetbeat-dns',
    }),
    source: { index: 'logs-network.dns-default', dataset: 'network.dns' },
    days: 14,
    recordsPerSecond: 60,
    begin: closed,
  },
  {
    id: 'rare-process-by-host',
    groups: ['security'],
    analysis: web({
      description: 'Processes that are rare for their host',
      function: 'rare',
      by: 'process.name',
      partition: 'host.name',
      influencers: ['host.name', 'user.name'],
      module: 'endpoint',
    }),
    source: { index: 'logs-endpoint.events.process-default', dataset: 'endpoint.process' },
    days: 12,
    recordsPerSecond: 30,
    begin: failed,
  },
  {
    id: 'k8s-memory-usage',
    groups: ['infrastructure'],
    analysis: web({
      description: 'Memory of pods by namespace',
      function: 'mean',
      field: 'kubernetes.pod.memory.usage.bytes',
      partition: 'kubernetes.namespace',
      influencers: ['kubernetes.namespace', 'kubernetes.node.name'],
      module: 'kubernetes',
    }),
    source: { index: 'metrics-kubernetes.pod-default', dataset: 'kubernetes.pod' },
    days: 3,
    recordsPerSecond: 90,
    begin: openingLazily,
  },
  {
    id: 'host-disk-forecast',
    groups: ['infrastructure'],
    analysis: web({
      description: 'Free space of disks by host',
      bucketSpan: '30m',
      function: 'min',
      field: 'system.filesystem.free',
      partition: 'host.name',
      influencers: ['host.name'],
      module: 'system-metrics',
    }),
    source: { index: 'metrics-system.filesystem-default', dataset: 'system.filesystem' },
    days: 60,
    recordsPerSecond: 5,
    begin: closed,
  },
  {
    id: 'orders-per-region',
    analysis: web({
      description: 'Orders by region',
      bucketSpan: '1h',
      function: 'sum',
      field: 'order.total',
      partition: 'geo.region_name',
      influencers: ['geo.region_name'],
      module: 'orders',
    }),
    source: { index: 'orders', dataset: 'shop.orders' },
    days: 90,
    recordsPerSecond: 3,
    begin: closed,
  },
  {
    id: 'iot-sensor-drift',
    groups: ['iot'],
    analysis: web({
      description: 'Drift of temperature sensors',
      bucketSpan: '5m',
      function: 'mean',
      field: 'sensor.temperature',
      by: 'sensor.id',
      influencers: ['sensor.id'],
      module: 'iot',
    }),
    source: { index: 'metrics-iot.sensor-default', dataset: 'iot.sensor' },
    days: 7,
    recordsPerSecond: 25,
    begin: orphanedReset,
  },
  {
    id: 'clickstream-conversion',
    groups: ['web'],
    analysis: web({
      description: 'Conversions by campaign, not read for a while',
      function: 'count',
      partition: 'campaign.id',
      influencers: ['campaign.id'],
      module: 'clickstream',
    }),
    source: { index: 'clickstream', dataset: 'shop.clicks' },
    days: 1,
    recordsPerSecond: 70,
    begin: () => undefined,
  },
];

/** Fills a world with jobs in every state. */
export function plantSeeds(world: World): void {
  const now = world.timers.now();
  for (const seed of seeds) {
    const job = addJob(world, seed.id, jobConfig(seed.analysis), seed.groups, (seed.days + 1) * 24 * hourMs);
    job.recordsPerSecond = seed.recordsPerSecond;
    if (seed.source !== undefined) {
      world.indices.set(seed.source.index, 'any');
      addDatafeed(world, `datafeed-${seed.id}`, seed.id, datafeedConfig(seed.source.dataset), [seed.source.index]);
    }
    const spanMs = seed.days * 24 * hourMs;
    job.counts.earliestRecord = now - spanMs;
    addRecords(job, seed.recordsPerSecond * seed.days * 600, now - 90_000, now - 60_000);
    job.counts.emptyBuckets = Math.floor(spanMs / bucketSpanMs(job) / 50);
    job.modelBytes = 90_000 + seed.recordsPerSecond * 4096;
    addSeedResults(world, job);
    seed.begin(world, job);
  }
}
