/** A shell in a container of a cluster, on the rank of one's choice. */
import { Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { execSocket } from '@muster/contract/client';
import { IconRefresh, IconTerminal2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../app/api.ts';
import { useMay } from '../../../app/session.ts';
import { Empty, Loaded } from '../../../design/answers.tsx';
import { ButtonLink } from '../../../design/links.tsx';
import { Terminal } from '../../../design/terminal.tsx';
import { Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { hasTasks } from './life.ts';
import { useRank } from './logs.tsx';
import { type Cluster, tasksQuery } from './queries.ts';

/** bash where there is one: an image is asked for it first. */
const bashOrSh = ['sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash; exec sh'];

export function Shell({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.shell;
  const mayWrite = useMay('clusters:write');
  if (!mayWrite) return <Empty title={text.forbidden} />;
  if (cluster.simulated) return <Empty title={text.simulated} />;
  if (cluster.state !== 'running' && cluster.state !== 'degraded') return <Empty title={text.notRunning} />;
  if (hasTasks(cluster)) return <ShellInTask cluster={cluster} />;
  const ranks = Array.from({ length: cluster.workers }, (_, rank) => ({ rank, label: text.onRank(rank) }));
  return <ShellOn cluster={cluster} ranks={ranks} />;
}

/** On bare capacity and in jobs, a worker has a container only while a task runs on it. */
function ShellInTask({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster;
  const query = useQuery(tasksQuery(cluster.id));
  return (
    <Loaded query={query}>
      {(tasks) => {
        const ranks = tasks
          .filter(({ state }) => state === 'running')
          .flatMap(({ name, clusterRanks }) =>
            (clusterRanks ?? []).map((rank) => ({ rank, label: text.shell.inTask(name, rank) })),
          )
          .sort((left, right) => left.rank - right.rank);
        if (ranks.length > 0) return <ShellOn cluster={cluster} ranks={ranks} note={text.shell.bare} />;
        return (
          <Empty title={text.shell.noTask}>
            <Text maw={520}>{text.shell.noTaskHint}</Text>
            <ButtonLink
              to="/console/clusters/$clusterId"
              params={{ clusterId: cluster.id }}
              search={{ tab: 'tasks' } as never}
              variant="light"
            >
              {text.tabs.tasks}
            </ButtonLink>
          </Empty>
        );
      }}
    </Loaded>
  );
}

interface ShellOnProps {
  cluster: Cluster;
  ranks: { rank: number; label: string }[];
  note?: string;
}

function ShellOn({ cluster, ranks, note }: ShellOnProps) {
  const text = useText('console').cluster.shell;
  const [wanted, choose] = useRank(cluster.workers);
  const { rank } = ranks.find((each) => each.rank === wanted) ?? ranks[0]!;
  const [command, setCommand] = useState('');
  /** Counts the shells that were opened; none is opened unasked. */
  const [opened, setOpened] = useState<{ number: number; rank: number; command: string[] }>();
  const open = () => {
    const words = command.trim() === '' ? bashOrSh : command.trim().split(/\s+/);
    setOpened((before) => ({ number: (before?.number ?? 0) + 1, rank, command: words }));
  };
  return (
    <Stack>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          open();
        }}
      >
        <Group align="flex-end">
          <Select
            label={text.rank}
            value={String(rank)}
            onChange={(to) => choose(Number(to))}
            allowDeselect={false}
            searchable={ranks.length > 10}
            w={{ base: '100%', xs: 260 }}
            data={ranks.map((each) => ({ value: String(each.rank), label: each.label }))}
          />
          <TextInput
            label={text.command}
            value={command}
            onChange={(event) => setCommand(event.currentTarget.value)}
            placeholder={text.commandHint}
            w={{ base: '100%', xs: 260 }}
          />
          <Button
            type="submit"
            leftSection={opened ? <IconRefresh size={16} aria-hidden /> : <IconTerminal2 size={16} aria-hidden />}
          >
            {opened ? text.again : text.open}
          </Button>
        </Group>
      </form>
      {note && <Quiet>{note}</Quiet>}
      {opened && (
        <Terminal
          key={opened.number}
          label={text.label(opened.rank)}
          socket={() =>
            execSocket(api, cluster.id, { rank: opened.rank, command: opened.command, tty: true, stdin: true })
          }
        />
      )}
    </Stack>
  );
}
