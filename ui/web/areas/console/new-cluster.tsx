/** The wizard that makes a cluster: its steps in any order, and what the draft would get and cost beside each. */

import { Alert, Button, Group, Stack, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type ComponentType, useEffect, useRef } from 'react';
import { modelsById } from '../../app/catalogue.ts';
import { useConfirm } from '../../design/confirm.tsx';
import { Page } from '../../design/page.tsx';
import { SimulatedBadge } from '../../design/states.tsx';
import { Quiet } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { offeredModelsQuery, previewQuery } from './queries.ts';
import { ComplianceStep } from './wizard/compliance-step.tsx';
import { ConnectivityStep } from './wizard/connectivity-step.tsx';
import { blank, type Draft, supplyOf } from './wizard/draft.ts';
import { KindStep } from './wizard/kind-step.tsx';
import { LiveQuote } from './wizard/live-quote.tsx';
import { LocationStep } from './wizard/location-step.tsx';
import { ProcessorStep } from './wizard/processor-step.tsx';
import { ReviewStep } from './wizard/review-step.tsx';
import type { StepProps } from './wizard/step.ts';
import { Steps } from './wizard/steps.tsx';
import { TimeStep } from './wizard/time-step.tsx';
import { type Step, steps, useDraft } from './wizard/use-draft.ts';
import classes from './wizard/wizard.module.css';
import { WorkersStep } from './wizard/workers-step.tsx';

const forms: Record<Exclude<Step, 'review'>, ComponentType<StepProps>> = {
  kind: KindStep,
  processor: ProcessorStep,
  location: LocationStep,
  connectivity: ConnectivityStep,
  compliance: ComplianceStep,
  time: TimeStep,
  workers: WorkersStep,
};

/** The API is asked when a choice has stood for so long, not at every letter. */
const askAfterMs = 250;
/** As many models as a request may name. */
const mostModels = 20;

/** What the market says of the draft. As long as no model is chosen, it is asked for those of which something is free. */
function usePreview(draft: Draft) {
  const none = draft.modelIds.length === 0;
  const { data: offered } = useQuery({ ...offeredModelsQuery(draft.simulated), enabled: none });
  const { data: models } = useQuery(modelsById);
  const any = offered && (offered.length > 0 ? offered : models && [...models.keys()]);
  const asked = supplyOf(none ? { ...draft, modelIds: any?.slice(0, mostModels) ?? [] } : draft);
  const [request] = useDebouncedValue(asked, askAfterMs);
  return useQuery({ ...previewQuery(request), enabled: request.processor.modelIds.length > 0 });
}

export function NewCluster() {
  const text = useText('wizard');
  const confirm = useConfirm();
  const { draft, change, lacksCommand, step, go } = useDraft();
  const preview = usePreview(draft);
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(step);
  useEffect(() => {
    // Another step begins at its heading, also for who cannot see it; the page itself begins at its own.
    if (first.current !== step) heading.current?.focus();
    first.current = step;
  }, [step]);

  const startOver = async () => {
    const yes = await confirm({ title: text.startOverTitle, children: text.startOverText, action: text.startOver });
    if (!yes) return;
    change(blank);
    go('kind');
  };
  const at = steps.indexOf(step);
  const Form = step === 'review' ? undefined : forms[step];
  const props: StepProps = {
    draft,
    change,
    preview: preview.data,
    currency: draft.simulated ? 'SIM' : 'USD',
  };
  return (
    <Page
      title={text.title}
      heading={
        <>
          {text.title} {draft.simulated && <SimulatedBadge />}
        </>
      }
      lead={text.lead}
      actions={
        <Button variant="default" size="xs" onClick={() => void startOver()}>
          {text.startOver}
        </Button>
      }
    >
      {lacksCommand && (
        <Alert color="yellow" title={text.lacksCommand}>
          {text.lacksCommandHint}
        </Alert>
      )}
      <Steps draft={draft} step={step} />
      <div>
        <Quiet>{text.stepOf(at + 1, steps.length)}</Quiet>
        <Title order={2} ref={heading} tabIndex={-1} className={classes.heading!}>
          {text.steps[step]}
        </Title>
        <Quiet>{text.leads[step]}</Quiet>
      </div>
      {Form ? (
        <div className={classes.layout}>
          <Stack gap="lg">
            <Form {...props} />
            <Group justify="space-between">
              <Button variant="default" disabled={at === 0} onClick={() => go(steps[at - 1]!)}>
                {text.quote.back}
              </Button>
              <Button onClick={() => go(steps[at + 1]!)}>{text.quote.next}</Button>
            </Group>
          </Stack>
          <aside className={classes.aside} aria-label={text.quote.title}>
            <LiveQuote draft={draft} change={change} preview={preview} />
          </aside>
        </div>
      ) : (
        <ReviewStep draft={draft} change={change} />
      )}
    </Page>
  );
}
