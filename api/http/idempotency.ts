/**
 * `Idempotency-Key` with Stripe's semantics: the first request with a key runs, and whoever comes with the same key gets
 * its answer, refusals included. The same key with another request is refused.
 *
 * - Requests that come while the first is at work wait for it.
 * - The process that runs it holds a lock in the row, which it renews. If it dies, the lock runs out and the next request
 *   with the key runs again, under the same `id`. Its ULID has the time of the first attempt and 80 bits of the hash of
 *   organization, key and route; a domain that names what it makes by it makes one thing, even when the process died
 *   between the commit and the answer.
 * - A fault of ours (5xx) or a lost race (`conflict`) is not kept: the caller may try again with the same key.
 */
import { createHash } from 'node:crypto';
import { type Clock, DomainError, dayMs, type Logger } from '@muster/common';
import type { Database, Kysely } from '@muster/db';

/** For how long a key stands for its request. */
const keptMs = dayMs;
const lockMs = 15_000;
const renewMs = 5_000;
const longestWaitMs = 30_000;
const firstPauseMs = 25;
const longestPauseMs = 500;

export interface KeptAnswer {
  status: number;
  body: unknown;
}

/** Makes the answer, under the request's id. `keep: false` lets a retry with the same key run again. */
type Run = (id: string) => Promise<KeptAnswer & { keep: boolean }>;

export interface IdempotentRequest {
  organizationId: string;
  key: string;
  /** `post /v1/clusters`. */
  route: string;
  /** Everything that makes the request another one: path and body. */
  content: unknown;
}

export interface IdempotencyStore {
  db: Kysely<Database>;
  clock: Clock;
  log: Logger;
}

/**
 * Answers a request once.
 *
 * @param run does not throw: a refusal is an answer, too
 * @throws DomainError `idempotency_conflict` when the key belongs to another request, `conflict` when the first one is
 *   still at work after 30 s
 */
export async function answerOnce(
  store: IdempotencyStore,
  request: IdempotentRequest,
  run: Run,
): Promise<KeptAnswer & { replayed: boolean }> {
  const requestHash = sha256(JSON.stringify([request.route, request.content])).toString('hex');
  // Waiting is a matter of real time, not of the clock that domains are given.
  const deadline = performance.now() + longestWaitMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const claimed = await claim(store, request, requestHash);
    if (claimed.kind === 'mine') return runOnce(store, request, claimed, run);
    if (claimed.kind === 'answered') return { ...claimed.answer, replayed: true };
    if (performance.now() > deadline) {
      throw new DomainError('conflict', 'The first request with this Idempotency-Key is still at work.', {
        fix: 'Send it again with the same key in a moment.',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

type Claim =
  | { kind: 'mine'; createdAt: Date; lockedUntil: Date }
  | { kind: 'answered'; answer: KeptAnswer }
  | { kind: 'at work' };

async function claim({ db, clock }: IdempotencyStore, request: IdempotentRequest, requestHash: string): Promise<Claim> {
  const { organizationId, key, route } = request;
  const now = clock.now();
  const lockedUntil = new Date(now.getTime() + lockMs);
  const inserted = await db
    .insertInto('idempotent_request')
    .values({
      organization_id: organizationId,
      key,
      route,
      request_hash: requestHash,
      response_status: null,
      response_body: null,
      created_at: now,
      locked_until: lockedUntil,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('created_at')
    .executeTakeFirst();
  if (inserted) return { kind: 'mine', createdAt: now, lockedUntil };

  const row = await own(db, request).selectAll().executeTakeFirst();
  // Given up between the two statements: the next try claims it.
  if (!row) return { kind: 'at work' };
  if (row.created_at.getTime() < now.getTime() - keptMs) {
    // Its day is over, and the key is free again.
    await db
      .deleteFrom('idempotent_request')
      .where('organization_id', '=', organizationId)
      .where('key', '=', key)
      .where('created_at', '=', row.created_at)
      .execute();
    return { kind: 'at work' };
  }
  if (row.route !== route || row.request_hash !== requestHash) {
    throw new DomainError('idempotency_conflict', 'This Idempotency-Key was used for another request.', {
      fix: 'Make a new key for every new request, and repeat a request unchanged.',
    });
  }
  if (row.response_status !== null) {
    return { kind: 'answered', answer: { status: row.response_status, body: row.response_body } };
  }
  if (row.locked_until !== null && row.locked_until > now) return { kind: 'at work' };
  const taken = await db
    .updateTable('idempotent_request')
    .set({ locked_until: lockedUntil })
    .where('organization_id', '=', organizationId)
    .where('key', '=', key)
    .where('response_status', 'is', null)
    .where('locked_until', 'is not distinct from', row.locked_until)
    .returning('created_at')
    .executeTakeFirst();
  return taken ? { kind: 'mine', createdAt: taken.created_at, lockedUntil } : { kind: 'at work' };
}

async function runOnce(
  { db, clock, log }: IdempotencyStore,
  request: IdempotentRequest,
  { createdAt, lockedUntil }: { createdAt: Date; lockedUntil: Date },
  run: Run,
): Promise<KeptAnswer & { replayed: false }> {
  let held = lockedUntil;
  const mine = () =>
    db
      .updateTable('idempotent_request')
      .where('organization_id', '=', request.organizationId)
      .where('key', '=', request.key)
      .where('locked_until', '=', held);
  let renewing = Promise.resolve();
  const renew = setInterval(() => {
    renewing = renewing
      .then(async () => {
        const next = new Date(clock.now().getTime() + lockMs);
        await mine().set({ locked_until: next }).execute();
        held = next;
      })
      .catch((error) => log.warn({ err: error }, 'the lock of an idempotent request was not renewed'));
  }, renewMs);
  try {
    const answer = await run(ulid(createdAt, request));
    clearInterval(renew);
    await renewing;
    if (!answer.keep) {
      await db
        .deleteFrom('idempotent_request')
        .where('organization_id', '=', request.organizationId)
        .where('key', '=', request.key)
        .where('locked_until', '=', held)
        .execute();
    } else {
      await mine()
        .set({
          response_status: answer.status,
          response_body: answer.body === undefined ? null : JSON.stringify(answer.body),
          locked_until: null,
        })
        .execute();
    }
    return { status: answer.status, body: answer.body, replayed: false };
  } finally {
    clearInterval(renew);
  }
}

function own(db: Kysely<Database>, { organizationId, key }: IdempotentRequest) {
  return db.selectFrom('idempotent_request').where('organization_id', '=', organizationId).where('key', '=', key);
}

/** Forgets the keys whose day is over; to be run now and then. */
export async function forgetIdempotentRequests({ db, clock }: Omit<IdempotencyStore, 'log'>): Promise<void> {
  await db
    .deleteFrom('idempotent_request')
    .where('created_at', '<', new Date(clock.now().getTime() - keptMs))
    .execute();
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** The ULID of a request: 48 bits of the time of its first attempt, 80 of its hash. */
function ulid(at: Date, { organizationId, key, route }: IdempotentRequest): string {
  const hash = sha256(JSON.stringify([organizationId, key, route, at.getTime()]));
  let bits = (BigInt(at.getTime()) << 80n) | (hash.readBigUInt64BE(0) << 16n) | BigInt(hash.readUInt16BE(8));
  let text = '';
  for (let place = 0; place < 26; place++, bits >>= 5n) text = alphabet[Number(bits & 31n)]! + text;
  return text;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
