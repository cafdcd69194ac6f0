/** The dialog of a change to a cluster: its form, what was refused, and one button that does it. */
import { Button, Group, Modal, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure } from '../../../design/answers.tsx';
import { useText } from '../../../messages/index.ts';
import { type Cluster, changed } from './queries.ts';

interface ChangeDialogProps {
  title: string;
  action: string;
  change: () => Promise<Cluster>;
  disabled?: boolean;
  close: () => void;
  children: ReactNode;
}

export function ChangeDialog({ title, action, change, disabled, close, children }: ChangeDialogProps) {
  const { actions } = useText('common');
  const changing = useMutation({
    mutationFn: change,
    onSuccess: (cluster) => {
      changed(cluster);
      close();
    },
  });
  // What is on its way is waited for: asked again from another dialog, it would be done twice.
  const cancel = () => !changing.isPending && close();
  return (
    <Modal opened onClose={cancel} title={title} closeButtonProps={{ 'aria-label': actions.close }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          changing.mutate();
        }}
      >
        <Stack>
          {children}
          {changing.error && <Failure error={changing.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={cancel} disabled={changing.isPending}>
              {actions.cancel}
            </Button>
            <Button type="submit" loading={changing.isPending} disabled={disabled ?? false}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
