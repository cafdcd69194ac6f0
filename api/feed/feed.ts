/**
 * The feed of an organization's events, or of all, as server-sent events. It reads the event table, so it misses nothing and resumes
 * anywhere; messages only wake it, and without them it looks every five seconds.
 */
import { once } from 'node:events';
import type { StreamReply } from '@muster/api-http';
import type { Actor, SubjectKind } from '@muster/common';
import { Event } from '@muster/contract';
import type { Context } from '@muster/db';
import { type FeedEvent, feedAfter, feedPosition } from '@muster/events';
import { z } from 'zod';
import { openStream } from './stream.ts';
import type { Waker } from './wake.ts';

const batch = 100;
const pollMs = 5_000;
/** A message may come before the feed shows its event, while an older transaction is open: so look again, ever later. */
const soonMs = 50;

/**
 * Serves the feed from `Last-Event-ID`, or from now.
 *
 * @param whose the organization whose events the actor is shown; `all` for an API that only operators reach
 */
export function follow(context: Context, waker: Pick<Waker, 'on'>, whose: (actor: Actor) => string | 'all') {
  return async (
    { actor, query }: { actor: Actor; query: { subject?: SubjectKind[] | undefined } },
    reply: StreamReply,
  ): Promise<void> => {
    const { request, response, closed } = reply;
    const owner = whose(actor);
    const lastEventId = request.headers['last-event-id'];
    let position = typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : await feedPosition(context.db);
    // Before the head is out, so that a position that is none is refused.
    let events = await feedAfter(context.db, owner, position, batch);

    const bell = createBell();
    const silence = waker.on(owner, bell.ring);
    closed.addEventListener('abort', bell.ring);
    // From here a client resumes, even if nothing ever happens.
    openStream(reply, `id: ${position}\n`);
    let pauseMs = pollMs;
    try {
      while (!closed.aborted && !response.writableEnded) {
        pauseMs = bell.muffle() ? soonMs : Math.min(pauseMs * 2, pollMs);
        for (const event of events) {
          position = event.position;
          if (query.subject?.includes(event.subjectKind) ?? true) await write(response, messageOf(event), closed);
        }
        if (events.length < batch) await bell.wait(pauseMs);
        if (closed.aborted) break;
        events = await feedAfter(context.db, owner, position, batch);
      }
    } finally {
      silence();
      response.end();
    }
  };
}

function messageOf(event: FeedEvent): string {
  return `id: ${event.position}\nevent: ${event.type}\ndata: ${JSON.stringify(z.encode(Event, event))}\n\n`;
}

/** Waits for a slow reader instead of keeping the feed in memory. */
async function write(
  response: { write(text: string): boolean } & NodeJS.EventEmitter,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  if (!response.write(text)) await once(response, 'drain', { signal }).catch(() => {});
}

/** A bell that remembers that it was rung. */
function createBell() {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring(): void {
      rung = true;
      wake?.();
    },
    /** Whether it was rung since it was last muffled. */
    muffle(): boolean {
      const was = rung;
      rung = false;
      return was;
    },
    /** Until it is rung, but no longer than this. */
    async wait(ms: number): Promise<void> {
      if (rung) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = undefined;
    },
  };
}
