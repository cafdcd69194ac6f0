/** Every part of the design system in every state, all of examples. */
import { Container } from '@mantine/core';
import { useState } from 'react';
import { useFormat } from '../../design/format.ts';
import { TextLink } from '../../design/links.tsx';
import { Page, Section } from '../../design/page.tsx';
import { Code } from '../../design/values.tsx';
import { WorldMap } from '../../design/world-map.tsx';
import { useText } from '../../messages/index.ts';
import { Charts } from './charts.tsx';
import { Actions, Answers, Form, States, Values } from './small-parts.tsx';
import { ExampleLog, ExampleTerminal } from './streams.tsx';
import { GeneratedTable } from './table.tsx';

export function Parts() {
  const text = useText('parts');
  return (
    <Container component="main" id="content" size="xl" py="lg">
      <Page title={text.title} lead={text.lead}>
        <Section title={text.states}>
          <States />
        </Section>
        <Section title={text.values}>
          <Values />
        </Section>
        <Section title={text.answers}>
          <Answers />
        </Section>
        <Section title={text.actions}>
          <Actions />
        </Section>
        <Section title={text.code}>
          <Code label={text.codeLabel}>{'muster cluster create --model nvidia-h100-80gb-sxm --workers 2'}</Code>
        </Section>
        <Section title={text.form}>
          <Form />
        </Section>
        <Section
          title={text.table}
          actions={
            <TextLink to="/parts/table" search={{ rows: '100000' } as never}>
              {text.tableMany}
            </TextLink>
          }
        >
          <GeneratedTable count={40} />
        </Section>
        <Section title={text.chart}>
          <Charts />
        </Section>
        <Section title={text.map}>
          <Places />
        </Section>
        <Section title={text.log}>
          <ExampleLog />
        </Section>
        <Section title={text.terminal}>
          <ExampleTerminal />
        </Section>
      </Page>
    </Container>
  );
}

const examples = { DE: 12, US: 40, SG: 3, MT: 1, BR: 7, JP: 18, ZA: 2, AU: 5 };

function Places() {
  const text = useText('parts');
  const format = useFormat();
  const [selected, setSelected] = useState<string[]>(['SG']);
  const places = Object.entries(examples).map(([country, value]) => ({
    country,
    value,
    label: `${format.country(country)}: ${value}`,
    simulated: country === 'BR' || country === 'JP',
  }));
  return (
    <WorldMap
      label={text.mapLabel}
      places={places}
      selected={selected}
      onSelect={(country) =>
        setSelected(selected.includes(country) ? selected.filter((each) => each !== country) : [...selected, country])
      }
    />
  );
}
