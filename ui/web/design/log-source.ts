/** Reads a log into memory as it is written, and goes on after an interruption where it was. */
import { Problem } from '@muster/contract/client';
import { useEffect, useRef, useState } from 'react';
import { connection } from '../app/connection.ts';
import { cutLines, plain, withoutRepeated } from './log-lines.ts';

/** Opens a log; called again after an interruption, with the instant from which to go on when it is known. */
export type OpenLog = (options: { follow: boolean; since?: string; signal: AbortSignal }) => AsyncIterable<string>;

export interface Log {
  /** The newest lines; the array is another one whenever something came. */
  lines: readonly string[];
  /** How many older lines are no longer kept. */
  dropped: number;
  state: 'reading' | 'interrupted' | 'ended';
  /** Why it is refused. */
  error: Error | undefined;
}

/** A browser keeps so many without strain. */
const mostLines = 50_000;
/** Lines come faster than they can be drawn. */
const drawEveryMs = 100;
const longestPauseMs = 15_000;
/** Clocks differ: so much is read again, and what is there already left out. */
const overlapMs = 60_000;
const comparedLines = 5_000;

const empty: Log = { lines: [], dropped: 0, state: 'reading', error: undefined };

/** @param attempt another number begins anew */
export function useLog(open: OpenLog, live: boolean, attempt: number): Log {
  const [log, setLog] = useState(empty);
  const current = useRef({ open, live });
  current.current = { open, live };

  // biome-ignore lint/correctness/useExhaustiveDependencies: begins anew with each attempt
  useEffect(() => {
    const end = new AbortController();
    void read(current, end.signal, setLog);
    return () => end.abort();
  }, [attempt]);
  return log;
}

async function read(
  current: { readonly current: { open: OpenLog; live: boolean } },
  signal: AbortSignal,
  show: (log: Log) => void,
): Promise<void> {
  let lines: string[] = [];
  let rest = '';
  let dropped = 0;
  let state: Log['state'] = 'reading';
  let drawing: ReturnType<typeof setTimeout> | undefined;

  const draw = (error?: Error) => {
    clearTimeout(drawing);
    drawing = undefined;
    if (!signal.aborted) show({ lines: rest ? [...lines, plain(rest)] : [...lines], dropped, state, error });
  };
  const drawSoon = () => {
    drawing ??= setTimeout(draw, drawEveryMs);
  };
  let failures = 0;
  const keep = (more: readonly string[]) => {
    // Only what is new is a success: a log that has ended says the same each time it is opened.
    if (more.length > 0) failures = 0;
    lines = lines.concat(more);
    if (lines.length > mostLines) {
      dropped += lines.length - mostLines;
      lines = lines.slice(-mostLines);
    }
  };

  draw();
  let heardAt: number | undefined;
  for (; !signal.aborted; failures++) {
    const known = lines.slice(-comparedLines);
    let came: string[] | undefined = heardAt === undefined ? undefined : [];
    rest = '';
    try {
      const since = heardAt === undefined ? {} : { since: new Date(heardAt - overlapMs).toISOString() };
      for await (const piece of current.current.open({ follow: current.current.live, signal, ...since })) {
        heardAt = Date.now();
        state = 'reading';
        const cut = cutLines(rest, piece);
        rest = cut.rest;
        if (came) {
          came.push(...cut.lines);
          const fresh = withoutRepeated(known, came);
          if (fresh) {
            keep(fresh);
            came = undefined;
          }
        } else keep(cut.lines);
        drawSoon();
      }
      if (rest) keep(cutLines(rest, '\n').lines);
      rest = '';
      if (!current.current.live) {
        state = 'ended';
        return draw();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429) {
        state = 'ended';
        return draw(error);
      }
      state = 'interrupted';
    }
    draw();
    await pause(Math.min(1_000 * 2 ** failures, longestPauseMs), signal);
  }
}

/** Waits; less long when the platform answers again, or nobody waits any more. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      forget();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    const forget = connection.onRecovery(done);
    signal.addEventListener('abort', done);
  });
}
