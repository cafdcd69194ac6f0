/** How far a worker has come, and what keeps it from the next step: required, actual, why, and what to do. */
import { Alert, Stack, Text } from '@mantine/core';
import { readinessSteps } from '@muster/common/vocabulary';
import type { Schemas } from '@muster/contract/client';
import { IconCircleCheck, IconCircleDashed } from '@tabler/icons-react';
import { useText } from '../messages/index.ts';
import { Facts } from './page.tsx';
import classes from './readiness.module.css';

type Worker = Pick<Schemas['Worker'], 'readiness' | 'nextStep' | 'rules'>;

/** The ladder of readiness, with the steps that are reached. */
export function Ladder({ worker }: { worker: Worker }) {
  const { readiness: text, readinessSteps: words } = useText('common');
  const reached = readinessSteps.indexOf(worker.readiness);
  return (
    <div className={classes.steps}>
      <ol className={classes.ladder} aria-label={text.title}>
        {readinessSteps.map((step, index) => {
          const done = index <= reached;
          const Shape = done ? IconCircleCheck : IconCircleDashed;
          return (
            <li
              key={step}
              data-reached={done || undefined}
              data-stuck={step === worker.nextStep || undefined}
              {...(index === reached && { 'aria-current': 'step' })}
            >
              <Shape size={20} aria-hidden />
              <span>{words[step]}</span>
              <span className={classes.word}>
                {done ? text.reached : step === worker.nextStep ? text.next : text.later}
              </span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

/** What keeps it from the next step, rule by rule; says so when nothing does. */
export function Rules({ worker }: { worker: Worker }) {
  const { readiness: text, readinessSteps: words } = useText('common');
  if (worker.rules.length === 0) {
    return <Text>{worker.nextStep === null || worker.nextStep === 'hired' ? text.nothingMissing : text.checking}</Text>;
  }
  return (
    <Stack gap="sm">
      {worker.nextStep && <Text fw={600}>{text.missing(words[worker.nextStep])}</Text>}
      {worker.rules.map(({ check, required, actual, why, fix }) => (
        <Alert key={check} color="yellow" variant="light" title={check} className={classes.rule!}>
          <Facts
            of={[
              [text.required, required],
              [text.actual, actual],
              [text.why, why],
              [text.fix, fix],
            ]}
          />
        </Alert>
      ))}
    </Stack>
  );
}
