/** How each state of the product is shown: a word with a colour and a shape that mean the same everywhere, and its reason. */
import { Tooltip } from '@mantine/core';
import type { Schemas } from '@muster/contract/client';
import { type Messages, useText } from '../messages/index.ts';
import classes from './parts.module.css';
import type { Tone } from './theme.ts';

type Common = Messages['common'];

/** Each kind of state: where its words are, and what each means. */
const kinds = {
  cluster: {
    words: (text: Common) => text.clusterStates,
    tones: {
      requested: 'busy',
      assembling: 'busy',
      provisioning: 'busy',
      running: 'good',
      degraded: 'warn',
      terminating: 'busy',
      terminated: 'done',
      unfulfilled: 'bad',
      unpaid: 'warn',
      failed: 'bad',
      expired: 'done',
    } satisfies Record<Schemas['Cluster']['state'], Tone>,
  },
  worker: {
    words: (text: Common) => text.workerStatuses,
    tones: {
      running: 'good',
      idle: 'idle',
      paused: 'idle',
      draining: 'busy',
      down: 'bad',
      blocked: 'bad',
      unsupported: 'warn',
      inactive: 'done',
    } satisfies Record<Schemas['Worker']['status'], Tone>,
  },
  readiness: {
    words: (text: Common) => text.readinessSteps,
    tones: { registered: 'idle', verified: 'busy', 'cluster-ready': 'good', hired: 'good' } satisfies Record<
      Schemas['Worker']['readiness'],
      Tone
    >,
  },
  lease: {
    words: (text: Common) => text.leaseStates,
    tones: { held: 'busy', active: 'good', released: 'done' } satisfies Record<Schemas['Lease']['state'], Tone>,
  },
  task: {
    words: (text: Common) => text.taskStates,
    tones: {
      queued: 'idle',
      starting: 'busy',
      running: 'good',
      succeeded: 'good',
      failed: 'bad',
      cancelled: 'done',
    } satisfies Record<Schemas['Task']['state'], Tone>,
  },
};
export type StateKind = keyof typeof kinds;

/** Every state of a kind. */
export function statesOf(kind: StateKind): string[] {
  return Object.keys(kinds[kind].tones);
}

interface StateBadgeProps {
  of: StateKind;
  state: string;
  /** Why it is in this state; shown on hover and focus, and read out. */
  reason?: string | null | undefined;
}

/** A state with its colour, its shape and its reason. */
export function StateBadge({ of, state, reason }: StateBadgeProps) {
  const text = useText('common');
  const { words, tones } = kinds[of];
  const word = (words(text) as Record<string, string>)[state] ?? state;
  const tone = (tones as Record<string, Tone>)[state] ?? 'idle';
  return <ToneBadge tone={tone} word={word} reason={reason} />;
}

/** Something simulated, wherever it is shown: nothing simulated ever looks real (invariant 11). */
export function SimulatedBadge() {
  const text = useText('common');
  return <ToneBadge tone="sim" word={text.simulated} reason={text.simulatedHint} />;
}

interface ToneBadgeProps {
  tone: Tone;
  word: string;
  reason?: string | null | undefined;
}

/** A word with the colour and shape of what it means. */
export function ToneBadge({ tone, word, reason }: ToneBadgeProps) {
  // Not Mantine's, and its shape is a letter: tables draw hundreds of these while they scroll.
  const badge = (
    <span
      className={classes.badge}
      data-tone={tone}
      {...(reason && { tabIndex: 0, 'aria-label': `${word}: ${reason}`, role: 'note' })}
    >
      <span>{word}</span>
    </span>
  );
  return reason ? (
    <Tooltip label={reason} multiline maw={360} events={{ hover: true, focus: true, touch: true }}>
      {badge}
    </Tooltip>
  ) : (
    badge
  );
}
