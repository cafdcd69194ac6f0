/** How it works, for who needs devices and for who has them. */
import { Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { ButtonLink, TextLink } from '../../design/links.tsx';
import { Page, Section } from '../../design/page.tsx';
import { useText } from '../../messages/index.ts';
import classes from './site.module.css';

export function HowItWorks() {
  const { howItWorks: text } = useText('site');
  const { nav } = useText('common');
  return (
    <Page title={nav.howItWorks} lead={text.lead}>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Section title={text.customers.title}>
          <Steps of={text.customers.steps} />
          <Group mt="md">
            <ButtonLink to="/signup">{text.customers.start}</ButtonLink>
            <TextLink to="/">{nav.available}</TextLink>
          </Group>
        </Section>
        <Section title={text.suppliers.title}>
          <Steps of={text.suppliers.steps} />
          <Group mt="md">
            <ButtonLink to="/signup">{text.suppliers.start}</ButtonLink>
            <TextLink to="/network">{nav.network}</TextLink>
          </Group>
        </Section>
      </SimpleGrid>
      <Stack gap="md">
        <Title order={2}>{text.promises.title}</Title>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
          {text.promises.items.map(([title, sentence]) => (
            <div key={title}>
              <Title order={3}>{title}</Title>
              <Text mt={4}>{sentence}</Text>
            </div>
          ))}
        </SimpleGrid>
      </Stack>
    </Page>
  );
}

function Steps({ of }: { of: readonly (readonly [title: string, sentence: string])[] }) {
  return (
    <ol className={classes.steps}>
      {of.map(([title, sentence]) => (
        <li key={title}>
          <div>
            <Title order={3}>{title}</Title>
            <Text>{sentence}</Text>
          </div>
        </li>
      ))}
    </ol>
  );
}
