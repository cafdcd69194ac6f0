/** Everything that is asked for, each with the way to change it. */
import type { ReactNode } from 'react';
import { useFormat } from '../../../design/format.ts';
import { TextLink } from '../../../design/links.tsx';
import { Section } from '../../../design/page.tsx';
import { SimulatedBadge } from '../../../design/states.tsx';
import { useText } from '../../../messages/index.ts';
import { type Draft, isBare, searchOf } from './draft.ts';
import type { Step } from './use-draft.ts';
import classes from './wizard.module.css';
import { lineOf } from './words.ts';
import { useWords } from './words-for.ts';

export function Asked({ draft }: { draft: Draft }) {
  const text = useText('wizard');
  const { review } = text;
  const { names } = review;
  const words = useWords();
  const format = useFormat();
  const { minWorkers, maxWorkers, idleShutdownSeconds } = draft;
  const ofImage: [string, ReactNode, Step][] = [
    [names.image, draft.image, 'kind'],
    [names.command, lineOf(draft.command) || review.none, 'kind'],
    [names.args, lineOf(draft.args) || review.none, 'kind'],
    [
      names.env,
      draft.variables.length > 0 ? review.variables(draft.variables.map(({ name }) => name).join(', ')) : review.none,
      'kind',
    ],
  ];
  const ofTasks: [string, ReactNode, Step][] = [
    [
      names.autoscaling,
      minWorkers !== undefined && maxWorkers !== undefined ? review.autoscaling(minWorkers, maxWorkers) : review.none,
      'workers',
    ],
    [
      names.idle,
      idleShutdownSeconds === undefined ? review.none : review.idle(format.duration(idleShutdownSeconds)),
      'workers',
    ],
  ];
  const asked: [string, ReactNode, Step][] = [
    [names.name, draft.name || review.madeUp, 'kind'],
    [names.kind, words.kind(draft), 'kind'],
    ...(isBare(draft) ? [] : ofImage),
    [names.supply, draft.simulated ? <SimulatedBadge key="simulated" /> : review.real, 'kind'],
    [names.model, words.models(draft), 'processor'],
    [names.devices, draft.devicesPerWorker, 'processor'],
    [names.location, words.location(draft), 'location'],
    [names.connectivity, words.tier(draft), 'connectivity'],
    [names.together, words.together(draft), 'connectivity'],
    [names.compliance, words.compliance(draft), 'compliance'],
    [names.serviceTier, words.serviceTier(draft), 'compliance'],
    [names.time, words.time(draft), 'time'],
    [names.workers, draft.workers, 'workers'],
    [names.maxPrice, words.amount(draft.maxMicroUsdPerDeviceHour, draft), 'workers'],
    [names.cap, words.amount(draft.spendingCapMicroUsd, draft), 'workers'],
    ...(isBare(draft) ? ofTasks : []),
  ];
  return (
    <Section title={review.asked}>
      <dl className={classes.asked}>
        {asked.map(([name, value, step]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
            <dd>
              <TextLink
                to="/console/clusters/new"
                search={{ ...searchOf(draft), step }}
                size="sm"
                aria-label={text.edit(text.steps[step], name)}
              >
                {text.steps[step]}
              </TextLink>
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
