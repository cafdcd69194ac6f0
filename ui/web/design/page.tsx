/** What pages are laid out with: a page with its title and actions, sections, facts, and numbers that stand out. */
import { Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { useText } from '../messages/index.ts';
import classes from './parts.module.css';

interface PageProps {
  title: string;
  /** In place of the title as it is shown, when more than text stands there. */
  heading?: ReactNode;
  /** One sentence under the title. */
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A page: its one h1, its name in the browser, its actions. */
export function Page({ title, heading, lead, actions, children }: PageProps) {
  const { product } = useText('common');
  useEffect(() => {
    document.title = title === product ? product : `${title} · ${product}`;
  }, [title, product]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div style={{ minWidth: 0, flex: '1 1 16rem' }}>
          <Title order={1}>{heading ?? title}</Title>
          {lead && (
            <Text className={classes.quiet!} mt={4}>
              {lead}
            </Text>
          )}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

interface SectionProps {
  title?: string;
  actions?: ReactNode;
  children: ReactNode;
}

/** A part of a page with its own heading. */
export function Section({ title, actions, children }: SectionProps) {
  return (
    <section className={classes.section} {...(title && { 'aria-label': title })}>
      {(title || actions) && (
        <Group justify="space-between" mb="sm" gap="xs">
          {title && <Title order={2}>{title}</Title>}
          {actions}
        </Group>
      )}
      {children}
    </section>
  );
}

/** Facts by name: a definition list. */
export function Facts({ of }: { of: [name: string, value: ReactNode][] }) {
  return (
    <dl className={classes.facts}>
      {of.map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Numbers that stand out, side by side. */
export function Stats({ of }: { of: [name: string, value: ReactNode, note?: ReactNode][] }) {
  return (
    <div className={classes.stats}>
      {of.map(([name, value, note]) => (
        <div className={classes.section} key={name}>
          <Text size="sm" className={classes.quiet!}>
            {name}
          </Text>
          <div className={classes.statValue}>{value}</div>
          {note && (
            <Text size="sm" className={classes.quiet!}>
              {note}
            </Text>
          )}
        </div>
      ))}
    </div>
  );
}
