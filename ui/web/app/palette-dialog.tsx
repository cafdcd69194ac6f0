/** What the command palette offers: pages, one's own things, an operator's, and what can be done; found by words. */
import { Combobox, Modal, ScrollArea, Text, TextInput, useCombobox, useMantineColorScheme } from '@mantine/core';
import { answer } from '@muster/contract/client';
import {
  type Icon,
  IconBuilding,
  IconCpu,
  IconLogin2,
  IconLogout,
  IconMoon,
  IconPlus,
  IconReceipt,
  IconSearch,
  IconServer2,
  IconSun,
  IconSunMoon,
  IconWorld,
} from '@tabler/icons-react';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { type LinkProps, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useNavigation as useAdminPages } from '../areas/admin/layout.tsx';
import { organizationsQuery } from '../areas/admin/queries.ts';
import { useNavigation as useConsolePages } from '../areas/console/layout.tsx';
import { liveClustersQuery } from '../areas/console/queries.ts';
import { useNavigation as usePortalPages } from '../areas/portal/layout.tsx';
import { workersQuery } from '../areas/portal/queries.ts';
import { useText } from '../messages/index.ts';
import { api } from './api.ts';
import classes from './palette.module.css';
import { byWords } from './palette-search.ts';
import { may, signOut, useSession } from './session.ts';
import type { NavigationItem } from './shell.tsx';

interface Command {
  id: string;
  group: string;
  label: string;
  /** Told beside it, and found by. */
  note?: string;
  icon: Icon;
  run: () => void;
}

/** So many of a group; more are found by typing. */
const mostOfGroup = 8;

const invoicesQuery = queryOptions({
  queryKey: ['invoices', 'newest'],
  meta: { live: ['invoice'] },
  queryFn: async ({ signal }) =>
    (await answer(api.public.GET('/invoices', { params: { query: { limit: 100 } }, signal }))).items,
});

const everybodysClustersQuery = queryOptions({
  queryKey: ['admin', 'clusters', 'newest'],
  meta: { live: ['cluster'] },
  queryFn: async ({ signal }) =>
    (await answer(api.internal.GET('/clusters', { params: { query: { limit: 200 } }, signal }))).items,
});

interface PaletteDialogProps {
  opened: boolean;
  close: () => void;
}

export function PaletteDialog({ opened, close }: PaletteDialogProps) {
  const text = useText('common');
  return (
    <Modal
      opened={opened}
      onClose={close}
      withCloseButton={false}
      padding={0}
      size="lg"
      yOffset="10vh"
      title={text.nav.commands}
      classNames={{ header: classes.header!, body: classes.body! }}
    >
      <Commands close={close} />
    </Modal>
  );
}

function Commands({ close }: { close: () => void }) {
  const text = useText('common');
  const [query, setQuery] = useState('');
  const commands = useCommands();
  const found = byWords(commands, query);
  const combobox = useCombobox({ opened: true });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the first that is found is the one that Enter takes
  useEffect(() => {
    combobox.selectFirstOption();
  }, [query, found.length]);

  const run = (id: string) => {
    close();
    commands.find((command) => command.id === id)?.run();
  };
  const groups = [...new Set(found.map(({ group }) => group))];
  return (
    <Combobox store={combobox} onOptionSubmit={run}>
      <Combobox.EventsTarget withExpandedAttribute>
        <TextInput
          data-autofocus
          role="combobox"
          aria-autocomplete="list"
          size="md"
          variant="unstyled"
          className={classes.input!}
          leftSection={<IconSearch size={18} aria-hidden />}
          placeholder={text.palette.placeholder}
          aria-label={text.nav.commands}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
      </Combobox.EventsTarget>
      <Combobox.Options className={classes.options!} aria-label={text.nav.commands}>
        <ScrollArea.Autosize mah="min(60vh, 26rem)" type="auto" scrollbars="y">
          {groups.map((group) => (
            <Combobox.Group key={group} label={group}>
              {found
                .filter((command) => command.group === group)
                .slice(0, mostOfGroup)
                .map(({ id, label, note, icon: Shape }) => (
                  <Combobox.Option key={id} value={id} className={classes.option!}>
                    <Shape size={16} aria-hidden />
                    <span className={classes.label}>{label}</span>
                    {note && <span className={classes.note}>{note}</span>}
                  </Combobox.Option>
                ))}
            </Combobox.Group>
          ))}
          {found.length === 0 && <Combobox.Empty>{text.palette.none}</Combobox.Empty>}
        </ScrollArea.Autosize>
      </Combobox.Options>
      <Text size="xs" role="status" className={classes.hint!}>
        {text.palette.found(found.length)}
      </Text>
    </Combobox>
  );
}

/** Everything that whoever is here may go to or do. */
function useCommands(): Command[] {
  const text = useText('common');
  const session = useSession();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const console = useConsolePages();
  const portal = usePortalPages();
  const admin = useAdminPages();
  const operator = may(session, 'operator:read');
  const clusters = useQuery({ ...liveClustersQuery, enabled: may(session, 'clusters:read') });
  const workers = useQuery({ ...workersQuery, enabled: may(session, 'workers:read') });
  const invoices = useQuery({ ...invoicesQuery, enabled: may(session, 'billing:read') });
  const organizations = useQuery({ ...organizationsQuery, enabled: operator });
  const everybodys = useQuery({ ...everybodysClustersQuery, enabled: operator });

  const go = (link: LinkProps) => () => void navigate(link as never);
  const pages = (group: string, items: NavigationItem[]): Command[] =>
    items
      .filter(({ scope }) => (scope ? may(session, scope) : session.me))
      .map(({ to, label, icon }) => ({ id: `page ${to}`, group, label, icon, run: go({ to }) }));
  const site = (
    [
      ['/', text.nav.available],
      ['/network', text.nav.network],
      ['/how-it-works', text.nav.howItWorks],
      ['/reference', text.nav.reference],
    ] as const
  ).map(([to, label]) => ({ id: `page ${to}`, group: text.nav.site, label, icon: IconWorld, run: go({ to }) }));
  const action = (id: string, label: string, icon: Icon, run: () => void): Command => ({
    id: `action ${id}`,
    group: text.palette.actions,
    label,
    icon,
    run,
  });

  return [
    ...(may(session, 'clusters:write')
      ? [action('cluster', text.palette.newCluster, IconPlus, go({ to: '/console/clusters/new' }))]
      : []),
    ...(may(session, 'workers:write')
      ? [action('worker', text.palette.addWorker, IconPlus, go({ to: '/portal/add' }))]
      : []),
    ...pages(text.nav.console, console),
    ...(may(session, 'workers:read') ? pages(text.nav.portal, portal) : []),
    ...pages(text.nav.admin, admin),
    ...site,
    ...(clusters.data ?? []).map(({ id, name }) => ({
      id,
      group: text.palette.clusters,
      label: name,
      note: id,
      icon: IconServer2,
      run: go({ to: '/console/clusters/$clusterId', params: { clusterId: id } }),
    })),
    ...(workers.data ?? []).map(({ id, name }) => ({
      id,
      group: text.palette.workers,
      label: name,
      note: id,
      icon: IconCpu,
      run: go({ to: '/portal/workers/$workerId', params: { workerId: id } }),
    })),
    ...(invoices.data ?? []).map(({ id, number }) => ({
      id,
      group: text.palette.invoices,
      label: number,
      note: id,
      icon: IconReceipt,
      run: go({ to: '/console/invoices/$invoiceId', params: { invoiceId: id } }),
    })),
    ...(organizations.data ?? []).map(({ id, name }) => ({
      id: `admin ${id}`,
      group: text.palette.organizations,
      label: name,
      note: id,
      icon: IconBuilding,
      run: go({ to: '/admin/organizations/$organizationId', params: { organizationId: id } }),
    })),
    ...(everybodys.data ?? []).map(({ id, name }) => ({
      id: `admin ${id}`,
      group: text.palette.everybodysClusters,
      label: name,
      note: id,
      icon: IconServer2,
      run: go({ to: '/admin/clusters/$clusterId', params: { clusterId: id } }),
    })),
    action('light', `${text.nav.theme}: ${text.nav.themes.light}`, IconSun, () => setColorScheme('light')),
    action('dark', `${text.nav.theme}: ${text.nav.themes.dark}`, IconMoon, () => setColorScheme('dark')),
    action('auto', `${text.nav.theme}: ${text.nav.themes.auto}`, IconSunMoon, () => setColorScheme('auto')),
    session.me
      ? action('out', text.nav.logOut, IconLogout, () => void navigate({ to: '/' }).then(signOut))
      : action('in', text.nav.logIn, IconLogin2, go({ to: '/login' })),
  ];
}
