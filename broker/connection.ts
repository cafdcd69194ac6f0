/** The connection to RabbitMQ: it comes back by itself, and so do its channels, its topology and its consumers. */
import type { Logger, Registry } from '@muster/common';
import { type ConfirmChannel, connect, type RecoveringChannelModel } from 'amqplib';
import { type BrokerMetrics, createBrokerMetrics } from './metrics.ts';
import { createPublisher } from './publisher.ts';
import { declareShared, exchanges } from './topology.ts';

/** A connection to RabbitMQ with one publisher; consumers are opened on it by `consume`. */
export interface Broker {
  /**
   * Publishes and waits until RabbitMQ has confirmed every message on disk.
   *
   * @throws PublishError when one was refused or could not be routed, or the connection went
   */
  publish: ReturnType<typeof createPublisher>;
  /** Runs now and after every reconnect with a fresh channel, on which the shared topology stands. */
  withChannel(name: string, setUp: SetUp): Rebuilt;
  /** @throws Error when RabbitMQ does not answer now */
  check(): Promise<void>;
  close(): Promise<void>;
  log: Logger;
  metrics: BrokerMetrics;
}

/** Puts on a new channel what must stand on it. */
export type SetUp = (channel: ConfirmChannel) => Promise<void>;

/** A channel that is rebuilt whenever it is lost. */
export interface Rebuilt {
  /** The channel as it is now; undefined while there is none. */
  current(): ConfirmChannel | undefined;
  /** Settles when it is first set up. */
  ready: Promise<void>;
  close(): Promise<void>;
}

const rebuildDelayMs = 200;

/**
 * Connects to RabbitMQ. Returns at once: what needs the connection waits for it, however long RabbitMQ is away.
 * Publishing and consuming have a connection each, since RabbitMQ stops reading from a publisher when its memory is
 * low, and acknowledgements must pass even then.
 */
export async function connectBroker(options: {
  url: string;
  /** Shown in RabbitMQ's list of connections. */
  name: string;
  log: Logger;
  metrics: Registry;
}): Promise<Broker> {
  const { log } = options;
  const metrics = createBrokerMetrics(options.metrics);
  const publishing = await open(options.url, `${options.name} publish`, log);
  const consuming = await open(options.url, `${options.name} consume`, log);
  const links: Rebuilt[] = [];
  const link = (connection: RecoveringChannelModel, name: string, setUp: SetUp): Rebuilt => {
    const built = rebuild(connection, name, log, setUp);
    links.push(built);
    return built;
  };

  const probe = link(publishing, 'probe', async () => {});

  return {
    log,
    metrics,
    publish: createPublisher((setUp) => link(publishing, 'publisher', setUp), metrics),
    withChannel: (name, setUp) => link(consuming, name, setUp),
    async check() {
      const channel = probe.current();
      if (!channel) throw new Error('RabbitMQ is away');
      await channel.checkExchange(exchanges.events);
    },
    async close() {
      await Promise.all(links.map((built) => built.close()));
      await consuming.close();
      await publishing.close();
    },
  };
}

async function open(url: string, name: string, log: Logger): Promise<RecoveringChannelModel> {
  const address = new URL(url);
  // Without heartbeats a peer that vanished (not closed) is noticed only by the kernel, after minutes.
  if (!address.searchParams.has('heartbeat')) address.searchParams.set('heartbeat', '10');
  const connection = await connect(address.href, {
    clientProperties: { connection_name: name },
    noDelay: true,
    timeout: 5_000,
    recovery: { initialDelay: 100, maxDelay: 2_000, waitForConnect: false },
  });
  connection.on('connect', () => log.info({ connection: name }, 'connected to RabbitMQ'));
  connection.on('disconnect', (error) => log.warn({ connection: name, err: error }, 'lost RabbitMQ'));
  connection.on('blocked', (reason) => log.warn({ connection: name, reason }, 'RabbitMQ is short of memory or disk'));
  // A lost connection arrives as 'disconnect'; an 'error' without a listener would end the process.
  connection.on('error', () => {});
  return connection;
}

/** Keeps a channel open: recovery brings the connection back, this brings back the channel and what stood on it. */
function rebuild(connection: RecoveringChannelModel, name: string, log: Logger, setUp: SetUp): Rebuilt {
  let current: ConfirmChannel | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let firstDone: () => void = () => {};
  const ready = new Promise<void>((resolve) => {
    firstDone = resolve;
  });

  const build = async (): Promise<void> => {
    try {
      const channel = await connection.createConfirmChannel();
      let failed = false;
      channel.on('error', (error) => log.warn({ channel: name, err: error }, 'RabbitMQ closed a channel'));
      channel.on('close', () => {
        failed = true;
        if (current === channel) current = undefined;
        again();
      });
      await declareShared(channel);
      await setUp(channel);
      if (failed) return;
      if (closed) return await channel.close();
      current = channel;
      firstDone();
    } catch (error) {
      if (!closed) log.warn({ channel: name, err: error }, 'could not set up a channel');
      again();
    }
  };
  const again = (): void => {
    if (closed || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      void build();
    }, rebuildDelayMs);
  };
  void build();

  return {
    current: () => current,
    ready,
    async close() {
      closed = true;
      clearTimeout(timer);
      const channel = current;
      current = undefined;
      await channel?.close().catch(() => {});
    },
  };
}
