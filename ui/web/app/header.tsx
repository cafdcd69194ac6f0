/** What every header holds: the brand, the areas that one may enter, language, theme, and who one is. */
import {
  ActionIcon,
  Avatar,
  Box,
  type BoxProps,
  Button,
  Group,
  Menu,
  Text,
  useMantineColorScheme,
  VisuallyHidden,
} from '@mantine/core';
import { answer } from '@muster/contract/client';
import { IconCheck, IconLanguage, IconMoon, IconSun, IconSunMoon } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { ButtonLink, MenuLink, TextLink } from '../design/links.tsx';
import { type Language, languages, setLanguage, useLanguage, useText } from '../messages/index.ts';
import { api } from './api.ts';
import { Palette } from './palette.tsx';
import { may, sessionChanged, signOut, useSession } from './session.ts';

export function Brand() {
  const text = useText('common');
  return (
    <TextLink to="/" underline="never" c="inherit" fw={700} aria-label={`${text.product}: ${text.nav.site}`}>
      <Group gap={8} wrap="nowrap">
        <img src="/icon.svg" width={24} height={24} alt="" />
        <span>{text.product}</span>
      </Group>
    </TextLink>
  );
}

/** Links to the areas; each only for those who have something to do there. */
export function AreaLinks(props: Pick<BoxProps, 'visibleFrom' | 'hiddenFrom'>) {
  const text = useText('common');
  const session = useSession();
  const areas = [
    { to: '/console', label: text.nav.console, scope: 'clusters:read' },
    { to: '/portal', label: text.nav.portal, scope: 'workers:read' },
    { to: '/admin', label: text.nav.admin, scope: 'operator:read' },
  ] as const;
  return (
    <Box component="nav" aria-label={text.product} {...props}>
      <Group gap={2}>
        {areas
          .filter(({ scope }) => may(session, scope))
          .map(({ to, label }) => (
            <ButtonLink
              key={to}
              to={to}
              size="compact-sm"
              variant="subtle"
              color="gray"
              activeProps={{ variant: 'light', 'aria-current': 'true' }}
            >
              {label}
            </ButtonLink>
          ))}
      </Group>
    </Box>
  );
}

export function HeaderTools() {
  const session = useSession();
  const text = useText('common');
  return (
    <Group gap={4} wrap="nowrap">
      <Palette />
      <LanguageMenu />
      <ThemeMenu />
      {session.me ? (
        <AccountMenu />
      ) : (
        <>
          <ButtonLink to="/login" size="compact-sm" variant="subtle" color="gray">
            {text.nav.logIn}
          </ButtonLink>
          <ButtonLink to="/signup" size="compact-sm" visibleFrom="xs">
            {text.nav.signUp}
          </ButtonLink>
        </>
      )}
    </Group>
  );
}

function LanguageMenu() {
  const text = useText('common');
  const language = useLanguage();
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={text.nav.language}>
          <IconLanguage size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(languages) as Language[]).map((each) => (
          <Menu.Item
            key={each}
            lang={each}
            onClick={() => void setLanguage(each)}
            rightSection={each === language && <IconCheck size={14} aria-hidden />}
          >
            {languages[each]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function ThemeMenu() {
  const text = useText('common');
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const shapes = { light: IconSun, dark: IconMoon, auto: IconSunMoon };
  const Chosen = shapes[colorScheme];
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={text.nav.theme}>
          <Chosen size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(['light', 'dark', 'auto'] as const).map((each) => {
          const Shape = shapes[each];
          return (
            <Menu.Item
              key={each}
              leftSection={<Shape size={16} aria-hidden />}
              onClick={() => setColorScheme(each)}
              rightSection={each === colorScheme && <IconCheck size={14} aria-hidden />}
            >
              {text.nav.themes[each]}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}

function AccountMenu() {
  const text = useText('common');
  const { me } = useSession();
  const navigate = useNavigate();
  if (!me) return null;
  const switchTo = async (organizationId: string) => {
    await answer(api.public.POST('/session/organization', { body: { organizationId } }));
    // First away from pages of the other organization's things.
    await navigate({ to: '/' });
    await sessionChanged();
  };
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <Button variant="subtle" color="gray" size="compact-sm" px={4}>
          <Avatar size={24} radius="xl" color="muster" name={me.person?.name ?? '?'} aria-hidden />
          <VisuallyHidden>{`${text.nav.account}: ${me.person?.name ?? me.actorId}, ${me.organization.name}`}</VisuallyHidden>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={600}>
            {me.person?.name}
          </Text>
          <Text size="xs">{me.person?.email}</Text>
        </Menu.Label>
        <Menu.Label>{text.nav.organization}</Menu.Label>
        {me.organizations.map(({ id, name, role }) => (
          <Menu.Item
            key={id}
            onClick={() => void switchTo(id)}
            disabled={id === me.organization.id}
            rightSection={id === me.organization.id && <IconCheck size={14} aria-hidden />}
          >
            {name} · {text.roles[role]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <MenuLink to="/console/settings">{text.nav.account}</MenuLink>
        <Menu.Item
          onClick={async () => {
            await navigate({ to: '/' });
            await signOut();
          }}
        >
          {text.nav.logOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
