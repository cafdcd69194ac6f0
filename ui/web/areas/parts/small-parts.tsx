/** The small parts in all their states: badges, values, answers, forms, confirmations. */
import { Button, Checkbox, Group, NumberInput, Select, SimpleGrid, Stack, TextInput, Title } from '@mantine/core';
import { Problem } from '@muster/contract/client';
import { useState } from 'react';
import { connection } from '../../app/connection.ts';
import { notify } from '../../app/notify.tsx';
import { Empty, Failure, Lines } from '../../design/answers.tsx';
import { useConfirm } from '../../design/confirm.tsx';
import { Facts, Stats } from '../../design/page.tsx';
import { SimulatedBadge, StateBadge, type StateKind, statesOf } from '../../design/states.tsx';
import { Country, Duration, Id, Instant, Model, Money } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';

const exampleId = 'clu_01m80000000000000000000000';

export function States() {
  const text = useText('parts');
  return (
    <Stack gap="md">
      {(Object.keys(text.stateKinds) as StateKind[]).map((kind) => (
        <div key={kind}>
          <Title order={3} mb={6}>
            {text.stateKinds[kind]}
          </Title>
          <Group gap={6}>
            {statesOf(kind).map((state, index) => (
              <StateBadge key={state} of={kind} state={state} {...(index === 0 && { reason: text.reason })} />
            ))}
          </Group>
        </div>
      ))}
      <Group gap={6}>
        <SimulatedBadge />
      </Group>
    </Stack>
  );
}

export function Values() {
  const text = useText('parts');
  const [now] = useState(() => new Date().toISOString());
  return (
    <Stack>
      <Facts
        of={[
          [text.money, <Money key="money" micro="1234567" currency="USD" per="hour" />],
          [text.moneyRounded, <Money key="rounded" micro="1234567" currency="USD" digits={2} per="deviceHour" />],
          [text.moneySimulated, <Money key="simulated" micro="-98765432100000" currency="SIM" />],
          [text.duration, <Duration key="duration" seconds={187_543} />],
          [text.instant, <Instant key="instant" at={now} />],
          [text.noInstant, <Instant key="none" at={null} />],
          [text.id, <Id key="id" id={exampleId} />],
          [text.shortId, <Id key="short" id={exampleId} short />],
          [text.model, <Model key="model" model={{ name: 'NVIDIA H100 80GB SXM', memoryMb: 81_920, kind: 'gpu' }} />],
          [text.unknownModel, <Model key="unknown" model={null} />],
          [text.country, <Country key="country" code="DE" />],
          [text.shortCountry, <Country key="code" code="SG" short />],
        ]}
      />
      <Title order={3}>{text.numbers}</Title>
      <Stats
        of={[
          [text.columns.devices, '128'],
          [text.money, <Money key="money" micro="12500000" currency="USD" digits={2} />, text.note],
        ]}
      />
    </Stack>
  );
}

export function Answers() {
  const text = useText('parts');
  const refusal = new Problem({
    code: 'invalid_request',
    status: 400,
    title: text.refusal,
    detail: text.refusalDetail,
    fix: text.refusalFix,
    fields: [{ path: 'body.processor.workers', message: text.field }],
  });
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
      <Example title={text.empty}>
        <Empty title={text.emptyTitle}>{text.emptyText}</Empty>
      </Example>
      <Example title={text.loading}>
        <Lines />
      </Example>
      <Example title={text.refused}>
        <Failure error={refusal} />
      </Example>
      <Example title={text.fault}>
        <Failure error={new Error(text.fault)} retry={() => {}} />
      </Example>
      <Example title={text.offline}>
        <Button variant="default" onClick={connection.lost}>
          {text.offlineShow}
        </Button>
      </Example>
    </SimpleGrid>
  );
}

function Example({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div>
      <Title order={3} mb={6}>
        {title}
      </Title>
      {children}
    </div>
  );
}

export function Actions() {
  const text = useText('parts');
  const ask = useConfirm();
  const remove = async () => {
    const yes = await ask({ title: text.question, lost: text.lost, action: text.yes, danger: true });
    notify({ title: yes ? text.told : text.kept });
  };
  return (
    <Group gap="sm">
      <Button color="red" variant="light" onClick={remove}>
        {text.ask}
      </Button>
      {(['good', 'warn', 'bad'] as const).map((tone) => (
        <Button
          key={tone}
          variant="default"
          onClick={() => notify({ title: text.tell[tone], message: text.notice, tone })}
        >
          {text.tell[tone]}
        </Button>
      ))}
    </Group>
  );
}

export function Form() {
  const text = useText('parts');
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <TextInput label={text.name} description={text.description} />
      <TextInput label={text.name} defaultValue="?" error={text.error} />
      <NumberInput label={text.count} defaultValue={1} min={1} />
      <Select label={text.choice} data={text.choices} defaultValue={text.choices[0] ?? null} />
      <Checkbox label={text.agree} defaultChecked />
      <Button disabled>{text.yes}</Button>
    </SimpleGrid>
  );
}
