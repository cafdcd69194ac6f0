/** The frame of the public site: its header, which becomes a menu on narrow screens, and its footer. */
import { ActionIcon, Container, Group, Menu, Text } from '@mantine/core';
import { IconMenu2 } from '@tabler/icons-react';
import { Outlet } from '@tanstack/react-router';
import { AreaLinks, Brand, HeaderTools } from '../../app/header.tsx';
import { useSession } from '../../app/session.ts';
import { ButtonLink, MenuLink, TextLink } from '../../design/links.tsx';
import { useText } from '../../messages/index.ts';
import classes from './site.module.css';

const pages = [
  { to: '/', label: 'available' },
  { to: '/network', label: 'network' },
  { to: '/how-it-works', label: 'howItWorks' },
  { to: '/reference', label: 'reference' },
] as const;

export function Layout() {
  const { nav } = useText('common');
  const text = useText('site');
  const { me } = useSession();
  return (
    <div className={classes.frame}>
      <header className={classes.header}>
        <Container size="xl" h="100%">
          <Group h="100%" justify="space-between" wrap="nowrap" gap="xs">
            <Group wrap="nowrap" gap="sm">
              <Menu>
                <Menu.Target>
                  <ActionIcon variant="subtle" color="gray" hiddenFrom="md" aria-label={nav.menu}>
                    <IconMenu2 size={20} />
                  </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  {pages.map(({ to, label }) => (
                    <MenuLink key={to} to={to}>
                      {nav[label]}
                    </MenuLink>
                  ))}
                  {me && (
                    <>
                      <Menu.Divider />
                      <MenuLink to="/console">{nav.console}</MenuLink>
                      <MenuLink to="/portal">{nav.portal}</MenuLink>
                    </>
                  )}
                </Menu.Dropdown>
              </Menu>
              <Brand />
              <Group component="nav" gap={2} visibleFrom="md" aria-label={text.title}>
                {pages.map(({ to, label }) => (
                  <ButtonLink
                    key={to}
                    to={to}
                    size="compact-sm"
                    variant="subtle"
                    color="gray"
                    activeOptions={{ exact: true, includeSearch: false }}
                    activeProps={{ variant: 'light', 'aria-current': 'page' }}
                  >
                    {nav[label]}
                  </ButtonLink>
                ))}
              </Group>
              <AreaLinks visibleFrom="lg" />
            </Group>
            <HeaderTools />
          </Group>
        </Container>
      </header>
      <Container component="main" id="content" tabIndex={-1} size="xl" py="lg" className={classes.main!}>
        <Outlet />
      </Container>
      <footer className={classes.footer}>
        <Container size="xl">
          <Group justify="space-between" gap="sm">
            <Text size="sm">{text.footer}</Text>
            <Group gap="md">
              {pages.map(({ to, label }) => (
                <TextLink key={to} to={to} size="sm" c="inherit" underline="always">
                  {nav[label]}
                </TextLink>
              ))}
            </Group>
          </Group>
        </Container>
      </footer>
    </div>
  );
}
