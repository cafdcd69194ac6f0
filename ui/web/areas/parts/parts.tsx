/** Every part of the design system in every state, all of examples. */
import { Container } from '@mantine/core';
import { Page, Section } from '../../design/page.tsx';
import { useText } from '../../messages/index.ts';
import { Charts } from './charts.tsx';
import { GeneratedTable } from './table.tsx';

export function Parts() {
  const text = useText('parts');
  return (
    <Container component="main" id="content" size="xl" py="lg">
      <Page title={text.title} lead={text.lead}>
        <Section title={text.table}>
          <GeneratedTable count={40} />
        </Section>
        <Section title={text.chart}>
          <Charts />
        </Section>
      </Page>
    </Container>
  );
}
