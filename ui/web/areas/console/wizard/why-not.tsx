/** Why a request finds no workers, dimension by dimension, and the nearest requests that would work, each a button. */
import { Button, Stack, Text } from '@mantine/core';
import type { Problem, Schemas } from '@muster/contract/client';
import { Instant, Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { type Draft, draftOf } from './draft.ts';
import classes from './wizard.module.css';
import { differences, useWords } from './words-for.ts';

export type Refusal = Omit<NonNullable<Schemas['QuotePreview']['refusal']>, 'code'>;

/** The refusal that a problem tells of, when it is about supply or price. */
export function refusalOf(problem: Problem): Refusal | undefined {
  if (problem.code !== 'unfulfillable' && problem.code !== 'price_guard') return undefined;
  const { exclusions = [], nearest = [], freeAt = null } = problem.details as Partial<Refusal>;
  return { summary: problem.message, exclusions, nearest, freeAt };
}

/** What a nearest request changes of a draft. What runs on the workers stays, and autoscaling makes room. */
function apply(draft: Draft, nearest: Schemas['RequestedCluster']): Draft {
  const to = draftOf(nearest);
  const { name, kind, image, command, args, variables, idleShutdownSeconds, minWorkers, maxWorkers } = draft;
  return {
    ...to,
    ...{ name, kind, image, command, args, variables, idleShutdownSeconds },
    minWorkers: minWorkers && Math.min(minWorkers, to.workers),
    maxWorkers: maxWorkers && Math.max(maxWorkers, to.workers),
  };
}

interface WhyNotProps {
  refusal: Refusal;
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}

export function WhyNot({ refusal, draft, change }: WhyNotProps) {
  const wizard = useText('wizard');
  const text = wizard.whyNot;
  const words = useWords();
  const dimensions: Record<string, string> = { ...useText('common').compliances, ...wizard.dimensions };
  return (
    <Stack gap="sm">
      <div className={classes.refusal}>{refusal.summary}</div>
      {refusal.freeAt && (
        <Text size="sm">
          {text.freeAt} <Instant at={refusal.freeAt} />
        </Text>
      )}
      {refusal.exclusions.length > 0 && (
        <ul className={classes.list} aria-label={text.title}>
          {refusal.exclusions.map(({ dimension, required, excluded, wouldMatch, sentence }) => (
            <li key={dimension}>
              <Text size="sm" fw={600}>
                {dimensions[dimension] ?? dimension}: {sentence}
              </Text>
              <Quiet>
                {text.required}: {required} · {text.missing(excluded)} · {text.wouldMatch(wouldMatch)}
              </Quiet>
            </li>
          ))}
        </ul>
      )}
      <Text size="sm" fw={600}>
        {refusal.nearest.length > 0 ? text.nearest : text.noNearest}
      </Text>
      {refusal.nearest.map((nearest) => {
        const to = apply(draft, nearest);
        const said = differences(draft, to, words, wizard).join('; ') || text.nothingToChange;
        return (
          <Button
            key={JSON.stringify(nearest)}
            className={classes.nearest!}
            classNames={{ label: classes.nearestLabel!, inner: classes.nearestInner! }}
            variant="default"
            size="sm"
            aria-label={`${text.apply}: ${said}`}
            onClick={() => change(to)}
          >
            {said}
          </Button>
        );
      })}
    </Stack>
  );
}
