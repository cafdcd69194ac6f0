/** The steps of the wizard as links, each with what was chosen there; in any order. */
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { Search } from '../../../app/search.ts';
import { useText } from '../../../messages/index.ts';
import type { Draft } from './draft.ts';
import { lacksOf } from './missing.ts';
import { type Step, steps } from './use-draft.ts';
import classes from './wizard.module.css';
import { useWords, type Words } from './words-for.ts';

const chosen: Record<Step, (draft: Draft, words: Words) => string> = {
  kind: (draft, words) => words.kind(draft),
  processor: (draft, words) => words.models(draft),
  location: (draft, words) => words.location(draft),
  connectivity: (draft, words) => words.tier(draft),
  compliance: (draft, words) => words.compliance(draft),
  time: (draft, words) => words.time(draft),
  workers: ({ workers, devicesPerWorker }) => `${workers} × ${devicesPerWorker}`,
  review: () => '',
};

export function Steps({ draft, step }: { draft: Draft; step: Step }) {
  const text = useText('wizard');
  const words = useWords();
  const current = useRef<HTMLAnchorElement>(null);
  const lacking = new Set(lacksOf(draft).map((lack) => lack.step));
  // biome-ignore lint/correctness/useExhaustiveDependencies: another step is another link to bring into view
  useEffect(() => {
    const list = current.current?.closest('ol');
    if (list) list.scrollLeft = current.current!.offsetLeft - list.offsetLeft - list.clientWidth / 3;
  }, [step]);
  return (
    <nav aria-label={text.stepsLabel}>
      <ol className={classes.steps}>
        {steps.map((each, index) => (
          <li key={each}>
            <Link
              ref={each === step ? current : undefined}
              className={classes.step}
              to="/console/clusters/new"
              search={(before: Search) => ({ ...before, step: each })}
              activeOptions={{ exact: true, includeSearch: true }}
              aria-current={each === step ? 'step' : undefined}
            >
              {index + 1}. {text.steps[each]}
              <span className={classes.chosen} data-missing={lacking.has(each) || undefined}>
                {lacking.has(each) ? `⚠ ${text.incomplete}` : chosen[each](draft, words) || ' '}
              </span>
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}
