/** The frame around the pages of an area: header, navigation, and a drawer in its place on narrow screens. */
import { AppShell, Burger, Group, ScrollArea, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { Scope } from '@muster/common/actor';
import type { Icon } from '@tabler/icons-react';
import { type LinkProps, Outlet, useRouterState } from '@tanstack/react-router';
import { Fragment, useEffect } from 'react';
import { NavigationLink } from '../design/links.tsx';
import { useText } from '../messages/index.ts';
import { AreaLinks, Brand, HeaderTools } from './header.tsx';
import { may, useSession } from './session.ts';

export interface NavigationItem {
  to: NonNullable<LinkProps['to']>;
  label: string;
  icon: Icon;
  /** Who lacks it does not see the item. */
  scope?: Scope;
  /** Active only at exactly this address. */
  exact?: boolean;
  /** Items that follow one another and name the same group stand under its name. */
  group?: string;
}

interface ShellProps {
  /** The area's name, for its navigation. */
  title: string;
  items: NavigationItem[];
}

export function Shell({ title, items }: ShellProps) {
  const text = useText('common');
  const session = useSession();
  const [opened, { toggle, close }] = useDisclosure();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the drawer closes when another page is opened
  useEffect(close, [path]);

  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 220, breakpoint: 'md', collapsed: { mobile: !opened } }}
      padding="md"
    >
      <AppShell.Header withBorder>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group wrap="nowrap" gap="xs">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="md"
              size="sm"
              aria-label={text.nav.menu}
              aria-expanded={opened}
            />
            <Brand />
            <AreaLinks visibleFrom="md" />
          </Group>
          <HeaderTools />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar
        p="xs"
        component="nav"
        aria-label={title}
        // A closed drawer is not only out of sight: neither Tab nor a screen reader comes upon its links.
        {...(!opened && { visibleFrom: 'md' })}
      >
        <ScrollArea>
          <AreaLinks hiddenFrom="md" />
          {items
            .filter(({ scope }) => !scope || may(session, scope))
            .map(({ to, label, icon: Shape, exact, group }, index, shown) => (
              <Fragment key={to}>
                {group !== undefined && group !== shown[index - 1]?.group && (
                  <Text size="xs" fw={600} mt="sm" mb={4} px="sm" c="var(--text-quiet)">
                    {group}
                  </Text>
                )}
                <NavigationLink
                  to={to}
                  label={label}
                  leftSection={<Shape size={18} aria-hidden />}
                  activeOptions={{ exact: exact ?? false, includeSearch: false }}
                  activeProps={{ active: true, 'aria-current': 'page' }}
                />
              </Fragment>
            ))}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}
