/** A form that signs somebody in: its fields with their own complaints, and where it leads to afterwards. */
import { Button, Stack } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useAddress } from '../../app/address.ts';
import { one } from '../../app/search.ts';
import { may, sessionChanged } from '../../app/session.ts';
import { Failure, fieldErrors } from '../../design/answers.tsx';

interface CredentialFormProps {
  action: string;
  /** Sends the form. */
  submit: (values: Record<string, string>) => Promise<unknown>;
  /** The fields, given what is wrong with each. */
  children: (complaints: Record<string, string>) => ReactNode;
}

export function CredentialForm({ action, submit, children }: CredentialFormProps) {
  const navigate = useNavigate();
  const [search] = useAddress();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const complaints = fieldErrors(error);

  const send = async (form: HTMLFormElement) => {
    setBusy(true);
    setError(undefined);
    try {
      await submit(Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)])));
      const home = may(await sessionChanged(), 'operator:read') ? '/admin' : '/console';
      await navigate({ href: ownAddress(one(search.to)) ?? home, replace: true });
    } catch (failure) {
      setError(failure as Error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send(event.currentTarget);
      }}
    >
      <Stack>
        {children(complaints)}
        {error && Object.keys(complaints).length === 0 && <Failure error={error} />}
        <Button type="submit" loading={busy}>
          {action}
        </Button>
      </Stack>
    </form>
  );
}

/** Where to go on: an address of ours, never one that somebody else put into a link. */
function ownAddress(to: string | undefined): string | undefined {
  if (to === undefined || !URL.canParse(to, location.origin)) return undefined;
  const { origin, pathname, search } = new URL(to, location.origin);
  // `//host` would be another host again.
  return origin === location.origin && !pathname.startsWith('//') ? `${pathname}${search}` : undefined;
}
