/** The draft as state of the page, written to the address and its entry in the history as it changes, so that reload and back work. */
import type { Schemas } from '@muster/contract/client';
import { useLocation, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import { one, type Search, stringifySearch } from '../../../app/search.ts';
import { type Draft, draftFrom, draftOf, searchOf, type Words, wordsOf } from './draft.ts';

export const steps = [
  'kind',
  'processor',
  'location',
  'connectivity',
  'compliance',
  'time',
  'workers',
  'review',
] as const;
export type Step = (typeof steps)[number];

const wizard = '/console/clusters/new';
/** Typing changes the draft by the letter; the address need not follow as fast. */
const writeAfterMs = 200;

export interface DraftState {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  /** The address says that there was a command, but it is known here no more. */
  lacksCommand: boolean;
  step: Step;
  go: (to: Step) => void;
}

export function useDraft(): DraftState {
  const search = useSearch({ strict: false }) as Search;
  const { pathname, state } = useLocation();
  const given = state.request;
  const navigate = useNavigate();
  const words = state.words ?? (one(search.command) === undefined ? undefined : recalled());
  const [draft, setDraft] = useState(() =>
    given ? draftOf(given as Schemas['RequestedCluster']) : draftFrom(search, words),
  );
  const [isLacking, setLacking] = useState(given === undefined && one(search.command) !== undefined && !words);
  const step = steps.find((each) => each === one(search.step)) ?? 'kind';
  const written = textOf(draft);
  const stands = textOf(draftFrom(search, state.words));
  const { command, args } = draft;
  useEffect(() => sessionStorage.setItem(place, JSON.stringify({ command, args })), [command, args]);

  // The draft is the truth: an address that says otherwise, after going back to another step, is written anew.
  useEffect(() => {
    // Not while another page is on its way: its address is not the draft's, and writing would lead back here.
    if (pathname !== wizard || (written === stands && !given)) return;
    const timer = setTimeout(
      () =>
        void navigate({
          to: wizard,
          search: (before: Search) => ({ ...searchOf(draft), step: before.step }),
          state: { words: wordsOf(draft) },
          replace: true,
          resetScroll: false,
        }),
      writeAfterMs,
    );
    return () => clearTimeout(timer);
  }, [pathname, written, stands, given, draft, navigate]);

  return {
    draft,
    change: useCallback((part) => {
      setDraft((before) => ({ ...before, ...part }));
      if (part.command ?? part.args) setLacking(false);
    }, []),
    lacksCommand: isLacking,
    step,
    go: useCallback(
      (to) =>
        void navigate({
          to: wizard,
          search: (before: Search) => ({ ...before, step: to }),
          state: { words: { command, args } },
        }),
      [navigate, command, args],
    ),
  };
}

/** Where this tab keeps the words, for an entry of the history that lacks them: after logging in again, or in a new tab. */
const place = 'muster.wizard.words';

function recalled(): Words | undefined {
  const kept = sessionStorage.getItem(place);
  return kept === null ? undefined : (JSON.parse(kept) as Words);
}

/** All that is kept of a draft, to tell whether two are the same. */
function textOf(draft: Draft): string {
  return stringifySearch(searchOf(draft)) + JSON.stringify(wordsOf(draft));
}
