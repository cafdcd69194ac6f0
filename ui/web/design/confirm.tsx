/** Asking before something is lost: a confirmation names what will be. */
import { Button, Group, List, Stack, Text } from '@mantine/core';
import { createContext, lazy, type ReactNode, Suspense, use, useCallback, useState } from 'react';
import { useText } from '../messages/index.ts';

export interface Question {
  title: string;
  /** What happens, in a sentence. */
  children?: ReactNode;
  /** What will be lost, item by item. */
  lost?: string[];
  /** The word on the button: `Terminate`, not `OK`. */
  action: string;
  danger?: boolean;
}

const Modal = lazy(() => import('./modal.ts'));

type Ask = (question: Question) => Promise<boolean>;

const Context = createContext<Ask | undefined>(undefined);

/** Mounted once, above all pages. */
export function ConfirmProvider({ children }: { children: ReactNode }) {
  const text = useText('common');
  const [asked, setAsked] = useState<{ question: Question; settle: (yes: boolean) => void }>();
  const [opened, setOpened] = useState(false);
  const ask = useCallback<Ask>(
    (question) =>
      new Promise((settle) => {
        setAsked({ question, settle });
        setOpened(true);
      }),
    [],
  );
  const close = (yes: boolean) => {
    asked?.settle(yes);
    setOpened(false);
  };
  const question = asked?.question;
  return (
    <Context value={ask}>
      {children}
      {question && (
        <Suspense>
          <Modal
            opened={opened}
            onClose={() => close(false)}
            title={question.title}
            closeButtonProps={{ 'aria-label': text.actions.close }}
          >
            <Stack>
              {question.children && <Text component="div">{question.children}</Text>}
              {question.lost && question.lost.length > 0 && (
                <List size="sm">
                  {question.lost.map((each) => (
                    <List.Item key={each}>{each}</List.Item>
                  ))}
                </List>
              )}
              <Group justify="flex-end">
                <Button variant="default" onClick={() => close(false)} data-autofocus>
                  {text.actions.cancel}
                </Button>
                <Button color={question.danger ? 'red' : undefined} onClick={() => close(true)}>
                  {question.action}
                </Button>
              </Group>
            </Stack>
          </Modal>
        </Suspense>
      )}
    </Context>
  );
}

/** Asks, and answers whether it shall be done. */
export function useConfirm(): Ask {
  const ask = use(Context);
  if (!ask) throw new Error('There is no ConfirmProvider above.');
  return ask;
}
