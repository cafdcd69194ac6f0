/** A button that opens a form in a dialog: the one way in which something is changed that needs words or numbers. */
import { Button, type ButtonProps, Group, List, Stack } from '@mantine/core';
import { type QueryKey, useMutation } from '@tanstack/react-query';
import { type ChangeEvent, type FormEvent, lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { notify } from '../app/notify.tsx';
import { queryClient } from '../app/queries.ts';
import { useText } from '../messages/index.ts';
import { Failure, fieldErrors } from './answers.tsx';

type Change = ChangeEvent<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement> | string | null;

interface Field {
  value: string;
  error: string | undefined;
  required: boolean;
  onChange: (change: Change) => void;
}

/** What the fields of a form are made with. */
export interface Fields<Values> {
  values: Values;
  set: (values: Partial<Values>) => void;
  /** Value, error and change of a field, for an input of Mantine. Its name is the member's name in the request. */
  field: (name: keyof Values & string) => Field;
}

/** Fields that cannot be sent as they are, each with what is wrong. */
export class InvalidFields extends Error {
  readonly fields: Record<string, string>;
  constructor(fields: Record<string, string>) {
    super(Object.values(fields).join(' '));
    this.fields = fields;
  }
}

const Modal = lazy(() => import('./modal.ts'));

interface DialogFormProps<Values extends Record<string, string>> {
  /** On the button that opens it. */
  label: string;
  /** Of the dialog; the label when absent. */
  title?: string;
  /** On the button that does it; the label without its dots when absent. */
  submit?: string;
  danger?: boolean;
  /** What will be lost, item by item. */
  lost?: string[];
  button?: ButtonProps;
  /** What it is about, told to who hears the button among others of the same label. */
  of?: string;
  initial: Values;
  /** The fields that must not be empty. */
  required?: readonly (keyof Values & string)[];
  /**
   * Sends it. `key` is the `Idempotency-Key` of what stands in the form: the same until it is changed or has succeeded.
   *
   * @throws InvalidFields for what cannot be sent
   */
  act: (values: Values, key: string) => Promise<unknown>;
  /** What is said when it was done, where the page does not show it. */
  done?: string;
  /** The answers that it makes stale, by how their keys begin. */
  renews: readonly QueryKey[];
  children?: (fields: Fields<Values>) => ReactNode;
}

export function DialogForm<Values extends Record<string, string>>(props: DialogFormProps<Values>) {
  const { label, title, submit, danger, lost, button, of, initial, required = [], act, done, renews, children } = props;
  const text = useText('common');
  const [opened, setOpened] = useState(false);
  /** Once it was opened, it stays, so that it can close as slowly as it opened. */
  const [wanted, setWanted] = useState(false);
  const [values, setValues] = useState(initial);
  const [key, setKey] = useState('');
  const form = useRef<HTMLFormElement>(null);
  const sending = useMutation({
    mutationFn: async () => {
      const empty = required.filter((name) => values[name]!.trim() === '');
      if (empty.length > 0) throw new InvalidFields(Object.fromEntries(empty.map((name) => [name, text.needed])));
      await act(values, key);
    },
  });

  const open = () => {
    setValues(initial);
    setKey(crypto.randomUUID());
    sending.reset();
    setWanted(true);
    setOpened(true);
  };
  const set = (some: Partial<Values>) => {
    setValues((old) => ({ ...old, ...some }));
    setKey(crypto.randomUUID());
  };
  const send = async (event: FormEvent) => {
    event.preventDefault();
    await sending.mutateAsync().then(
      async () => {
        setOpened(false);
        if (done) notify({ title: done });
        await Promise.all(renews.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
      },
      // Shown in the form.
      () => {},
    );
  };
  useEffect(() => {
    if (sending.error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [sending.error]);

  const errors = errorsOf(sending.error);
  const wrong = Object.keys(errors);
  const atFields = wrong.length > 0 && wrong.every((name) => name in values);
  const field = (name: keyof Values & string): Field => ({
    value: values[name]!,
    error: errors[name],
    required: required.includes(name),
    onChange: (change) =>
      set({
        [name]: typeof change === 'string' ? change : (change?.target.value ?? ''),
      } as Partial<Values>),
  });

  return (
    <>
      <Button
        size="xs"
        {...button}
        {...(danger && { color: 'red', variant: 'light' })}
        {...(of && { 'aria-label': `${label} ${of}` })}
        onClick={open}
      >
        {label}
      </Button>
      {wanted && (
        <Suspense>
          <Modal
            opened={opened}
            onClose={() => !sending.isPending && setOpened(false)}
            title={title ?? label}
            closeButtonProps={{ 'aria-label': text.actions.close }}
            size="lg"
          >
            <form ref={form} onSubmit={send} noValidate>
              <Stack>
                {children?.({ values, set, field })}
                {lost && lost.length > 0 && (
                  <List size="sm">
                    {lost.map((each) => (
                      <List.Item key={each}>{each}</List.Item>
                    ))}
                  </List>
                )}
                {sending.error && !atFields && <Failure error={sending.error} />}
                <Group justify="flex-end">
                  <Button variant="default" onClick={() => setOpened(false)} disabled={sending.isPending}>
                    {text.actions.cancel}
                  </Button>
                  <Button type="submit" loading={sending.isPending} {...(danger && { color: 'red' })}>
                    {submit ?? label.replace(/\s*…$/, '')}
                  </Button>
                </Group>
              </Stack>
            </form>
          </Modal>
        </Suspense>
      )}
    </>
  );
}

/** What is wrong with which field of the request. */
function errorsOf(error: Error | null): Record<string, string> {
  if (error instanceof InvalidFields) return error.fields;
  return fieldErrors(error);
}
