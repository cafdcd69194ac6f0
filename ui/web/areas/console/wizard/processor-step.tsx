/** Which hardware models, and how many devices of each worker. */

import { Button, Group, SegmentedControl, Stack, TextInput } from '@mantine/core';
import type { Schemas } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { modelsQuery } from '../../../app/catalogue.ts';
import { Loaded } from '../../../design/answers.tsx';
import { useFormat } from '../../../design/format.ts';
import { Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { WholeNumber } from './inputs.tsx';
import { leftOf, Options, toggled } from './options.tsx';
import type { StepProps } from './step.ts';

export function ProcessorStep(props: StepProps) {
  const { draft, change, preview, currency } = props;
  const text = useText('wizard');
  const models = useQuery(modelsQuery);
  const left = leftOf(preview, 'devices');
  const offered = preview?.choices.find(({ dimension }) => dimension === 'devices')?.options ?? [];
  const counts = [...new Set([1, 2, 4, 8, ...offered.map(({ value }) => Number(value)), draft.devicesPerWorker])].sort(
    (a, b) => a - b,
  );
  return (
    <Stack gap="lg">
      <Loaded query={models}>{(items) => <Models {...props} models={items} />}</Loaded>
      <Options
        legend={text.processor.devices}
        value={String(draft.devicesPerWorker)}
        currency={currency}
        least="9rem"
        onChange={(value) => change({ devicesPerWorker: Number(value) })}
        options={counts.map((count) => ({ value: String(count), label: String(count), left: left(String(count)) }))}
      />
      <WholeNumber
        label={text.processor.devicesCustom}
        value={draft.devicesPerWorker}
        onChange={(devicesPerWorker) => change({ devicesPerWorker })}
        min={1}
        max={64}
        maw={240}
      />
    </Stack>
  );
}

type Kind = 'all' | Schemas['HardwareModel']['kind'];

function Models({
  draft,
  change,
  preview,
  currency,
  models,
}: StepProps & { models: readonly Schemas['HardwareModel'][] }) {
  const text = useText('wizard');
  const format = useFormat();
  const [search, setSearch] = useState('');
  const [kind, setKind] = useState<Kind>('all');
  const [all, setAll] = useState(false);
  const left = leftOf(preview, 'model');
  const found = models.filter(
    (model) =>
      (kind === 'all' || model.kind === kind) &&
      `${model.name} ${model.vendor} ${model.architecture} ${model.id}`.toLowerCase().includes(search.toLowerCase()),
  );
  // While nothing is known of the market, none is put away as having no workers.
  const first = found.filter(({ id }) => draft.modelIds.includes(id) || (left(id)?.workers ?? 1) > 0);
  const rest = found.filter((model) => !first.includes(model));
  const shown = all || search !== '' ? [...first, ...rest] : first;
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <TextInput
          aria-label={text.processor.search}
          placeholder={text.processor.search}
          type="search"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          flex="1 1 12rem"
        />
        <SegmentedControl
          aria-label={text.processor.accelerators}
          value={kind}
          onChange={(value) => setKind(value as Kind)}
          data={(['all', 'gpu', 'cpu'] as const).map((value) => ({ value, label: text.processor.kinds[value] }))}
        />
      </Group>
      <Options
        legend={text.processor.legend}
        value={draft.modelIds}
        currency={currency}
        onChange={(id, chosen) => change({ modelIds: toggled(draft.modelIds, id, chosen) })}
        options={shown.map((model) => ({
          value: model.id,
          label: model.name,
          hint: [
            ...(model.kind === 'gpu'
              ? [text.processor.gigabytes(format.number(Math.round(model.memoryMb / 1024)))]
              : []),
            model.architecture,
            ...(model.interconnect ? [model.interconnect] : []),
          ].join(' · '),
          left: left(model.id),
        }))}
      />
      {found.length === 0 && <Quiet>{text.processor.noMatch}</Quiet>}
      {rest.length > 0 && search === '' && !all && (
        <Group>
          <Button variant="default" size="xs" onClick={() => setAll(true)}>
            {text.processor.others(rest.length)}
          </Button>
        </Group>
      )}
      <Quiet>{text.option.unit}</Quiet>
    </Stack>
  );
}
