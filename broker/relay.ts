/**
 * The relay of the outbox: it publishes rows with confirms and deletes them.
 *
 * Any number may run; one works at a time, under an advisory lock of its own connection, so that messages keep their
 * order and rows need no claims. Whoever dies frees the lock, and the rows that it had published but not deleted are
 * published again: the inbox absorbs them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@muster/common';
import pg from 'pg';
import type { Broker } from './connection.ts';
import type { OutgoingMessage } from './message.ts';
import { PublishError, UnroutableError } from './publisher.ts';

const batchSize = 500;
/** After its last work a relay asks this often for more… */
const pollAwakeMs = 2;
/** …for this long, before it lies down and lets writers wake it. */
const awakeMs = 200;
/** How long it sleeps at most: a transaction that was open while it lay down does not notify it. */
const sleepMs = 100;
const standbyMs = 1_000;
/** An inbox row is kept for longer than any message can be on its way. */
const inboxDays = 14;

export interface Relay {
  stop(): Promise<void>;
}

export interface RelayOptions {
  postgresUrl: string;
  broker: Broker;
  log: Logger;
  /** Called between publishing and deleting, so that a test can end the relay there. */
  afterPublish?: () => Promise<void>;
}

/** Starts a relay; it comes back by itself when Postgres or RabbitMQ do. */
export function startRelay(options: RelayOptions): Relay {
  const abort = new AbortController();
  const running = (async () => {
    while (!abort.signal.aborted) {
      try {
        await relayOnOneConnection(options, abort.signal);
      } catch (error) {
        if (!abort.signal.aborted) options.log.warn({ err: error }, 'the relay begins again');
      }
      await pause(standbyMs, abort.signal);
    }
  })();
  return {
    stop: async () => {
      abort.abort();
      await running;
    },
  };
}

async function relayOnOneConnection(options: RelayOptions, signal: AbortSignal): Promise<void> {
  const client = new pg.Client({
    connectionString: options.postgresUrl,
    application_name: 'muster relay',
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
    // The server must notice a relay whose machine vanished, or its lock would stay.
    options: '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3',
  });
  const lost = new Promise<never>((_, reject) => client.once('error', reject));
  lost.catch(() => {});
  try {
    await client.connect();
    while (!signal.aborted) {
      const { rows } = await client.query(`select pg_try_advisory_lock(hashtextextended('outbox relay', 0)) as leads`);
      if (rows[0].leads) break;
      await Promise.race([pause(standbyMs, signal), lost]);
    }
    if (!signal.aborted) await Promise.race([lead(client, options, signal), lost]);
  } finally {
    await client.end().catch(() => {});
  }
}

async function lead(
  client: pg.Client,
  { broker, log, afterPublish }: RelayOptions,
  signal: AbortSignal,
): Promise<void> {
  log.info('relays the outbox');
  await client.query('listen muster_outbox');
  let published: string[] = [];
  let lastWorkAt = performance.now();
  let houseworkAt = 0;
  while (!signal.aborted) {
    const batch = await nextBatch(client, published);
    published = [];
    if (batch.length > 0) {
      lastWorkAt = performance.now();
      published = await publish(client, broker, batch, log);
      await afterPublish?.();
      if (published.length === 0) await pause(standbyMs, signal);
      continue;
    }
    if (performance.now() > houseworkAt) {
      await housework(client, broker);
      houseworkAt = performance.now() + 5_000;
    }
    if (performance.now() - lastWorkAt < awakeMs) await pause(pollAwakeMs, signal);
    else if (await sleep(client, signal)) lastWorkAt = performance.now();
  }
  if (published.length > 0) await nextBatch(client, published);
}

interface Row extends OutgoingMessage {
  seq: string;
}

/** Deletes what is published and reads what comes next: one round trip per batch. */
async function nextBatch(client: pg.Client, published: string[]): Promise<Row[]> {
  const { rows } = await client.query<Row>({
    name: 'relay',
    text: `with gone as (delete from outbox where seq = any($1::bigint[]))
      select seq, message_id as id, exchange, routing_key as "routingKey", type, body, headers
      from outbox where seq <> all($1::bigint[]) order by seq limit ${batchSize}`,
    values: [published],
  });
  return rows;
}

/** Publishes and answers which rows may be deleted; the others stay for the next round. */
async function publish(client: pg.Client, broker: Broker, batch: Row[], log: Logger): Promise<string[]> {
  try {
    await broker.publish(...batch);
    return batch.map(({ seq }) => seq);
  } catch (error) {
    if (!(error instanceof PublishError)) throw error;
    log.warn({ err: error }, 'some messages were not published; they stay in the outbox');
    // A dead letter that was replayed to a queue which is no more would be tried for ever: it is a dead letter again.
    const lost = batch.filter(({ id, exchange }) => exchange === '' && error.failed.get(id) instanceof UnroutableError);
    for (const row of lost) await buryAgain(client, row);
    return batch.filter((row) => !error.failed.has(row.id) || lost.includes(row)).map(({ seq }) => seq);
  }
}

async function buryAgain(client: pg.Client, { id, routingKey, type, body, headers }: Row): Promise<void> {
  await client.query(
    `insert into dead_letter (message_id, queue, type, content, headers, reason, attempts, at)
     values ($1, $2, $3, $4, $5, 'Its queue does not exist.', 1, now())`,
    [id, routingKey, type, Buffer.from(JSON.stringify(body)), JSON.stringify(headers)],
  );
}

/** Waits for a writer's notification, or the end of the nap. Answers whether there is work. */
async function sleep(client: pg.Client, signal: AbortSignal): Promise<boolean> {
  const woken = new AbortController();
  const wake = (): void => woken.abort();
  client.once('notification', wake);
  try {
    await client.query(
      `insert into outbox_relay values ('relay', now() + interval '2 seconds')
       on conflict (name) do update set asleep_until = excluded.asleep_until
       where outbox_relay.asleep_until < now() + interval '1 second'`,
    );
    const { rowCount } = await client.query('select from outbox limit 1');
    if (!rowCount) await pause(sleepMs, AbortSignal.any([signal, woken.signal]));
    if (!rowCount && !woken.signal.aborted) return false;
    await client.query(`update outbox_relay set asleep_until = '-infinity'`);
    return true;
  } finally {
    client.off('notification', wake);
  }
}

async function housework(client: pg.Client, { metrics }: Broker): Promise<void> {
  const { rows } = await client.query(
    `select (select count(*)::int from outbox) as depth,
       (select coalesce(extract(epoch from now() - min(created_at)), 0)::float8 from outbox) as age,
       (select count(*)::int from dead_letter) as dead`,
  );
  metrics.outboxDepth.set(rows[0].depth);
  metrics.outboxAgeSeconds.set(rows[0].age);
  metrics.deadLetters.set(rows[0].dead);
  await client.query(
    `delete from inbox where (consumer, message_id) in (
       select consumer, message_id from inbox where at < now() - interval '${inboxDays} days' limit 10000)`,
  );
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
