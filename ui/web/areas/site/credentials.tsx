/** A page that signs somebody in: its fields with their own complaints, where it leads to afterwards, and the other way in. */
import { Button, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useAddress } from '../../app/address.ts';
import { one } from '../../app/search.ts';
import { may, sessionChanged } from '../../app/session.ts';
import { Failure, fieldErrors } from '../../design/answers.tsx';
import { TextLink } from '../../design/links.tsx';
import { Page } from '../../design/page.tsx';
import classes from './site.module.css';

interface CredentialPageProps {
  /** Of the page and of its button. */
  title: string;
  lead?: string;
  /** Sends the form. */
  submit: (values: Record<string, string>) => Promise<unknown>;
  /** The fields, given what is wrong with each. */
  children: (complaints: Record<string, string>) => ReactNode;
  /** For who should do the other of the two. */
  other: { question: string; to: '/login' | '/signup'; label: string };
}

export function CredentialPage({ title, lead, submit, children, other }: CredentialPageProps) {
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
    <div className={classes.credentials}>
      <Page title={title} lead={lead}>
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
              {title}
            </Button>
          </Stack>
        </form>
        <Text>
          {other.question}{' '}
          <TextLink to={other.to} search={search} underline="always">
            {other.label}
          </TextLink>
        </Text>
      </Page>
    </div>
  );
}

/** Where to go on: an address of ours, never one that somebody else put into a link. */
function ownAddress(to: string | undefined): string | undefined {
  if (to === undefined || !URL.canParse(to, location.origin)) return undefined;
  const { origin, pathname, search } = new URL(to, location.origin);
  // `//host` would be another host again.
  return origin === location.origin && !pathname.startsWith('//') ? `${pathname}${search}` : undefined;
}
