/** What an owner can do with a cluster: extend, scale, let it manage itself, terminate; each says why not when it cannot be done. */
import { Button, Menu, Text } from '@mantine/core';
import { IconAdjustments, IconChevronDown, IconClockPlus, IconPlayerStop, IconStack2 } from '@tabler/icons-react';
import { useState } from 'react';
import { useMay } from '../../../app/session.ts';
import { Failure } from '../../../design/answers.tsx';
import { useText } from '../../../messages/index.ts';
import { Extend } from './extend.tsx';
import { type Action, hasEnded, obstacleTo } from './life.ts';
import type { Cluster } from './queries.ts';
import { Scale } from './scale.tsx';
import { SelfManagement } from './self-management.tsx';
import { useTerminate } from './terminate.tsx';

const icons = { extend: IconClockPlus, scale: IconStack2, settings: IconAdjustments };
const dialogs = { extend: Extend, scale: Scale, settings: SelfManagement };
type Dialog = keyof typeof dialogs;

export function Actions({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.actions;
  const mayWrite = useMay('clusters:write');
  const [open, setOpen] = useState<Dialog>();
  if (!mayWrite || hasEnded(cluster)) return null;
  const why = (action: Action) => {
    const obstacle = obstacleTo(action, cluster);
    return obstacle && text.whyNot[obstacle];
  };
  const Opened = open && dialogs[open];
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={16} aria-hidden />}>
            {text.menu}
          </Button>
        </Menu.Target>
        <Menu.Dropdown maw={320}>
          {(Object.keys(dialogs) as Dialog[]).map((action) => {
            const Shape = icons[action];
            return (
              <Menu.Item
                key={action}
                leftSection={<Shape size={16} aria-hidden />}
                disabled={why(action) !== undefined}
                onClick={() => setOpen(action)}
              >
                {text[action]}
                {why(action) && <Text size="xs">{why(action)}</Text>}
              </Menu.Item>
            );
          })}
        </Menu.Dropdown>
      </Menu>
      <Terminate cluster={cluster} disabled={why('terminate')} />
      {Opened && <Opened cluster={cluster} close={() => setOpen(undefined)} />}
    </>
  );
}

function Terminate({ cluster, disabled }: { cluster: Cluster; disabled: string | undefined }) {
  const text = useText('console').cluster;
  const terminate = useTerminate(cluster);
  return (
    <>
      <Button
        color="red"
        variant="light"
        leftSection={<IconPlayerStop size={16} aria-hidden />}
        loading={terminate.isPending}
        disabled={disabled !== undefined}
        title={disabled}
        onClick={() => void terminate.ask()}
      >
        {text.actions.terminate}
      </Button>
      {terminate.error && <Failure error={terminate.error} />}
    </>
  );
}
