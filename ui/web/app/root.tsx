/** The root of all pages: what stands around every one of them, and what shows when there is none or it failed. */
import { Container, Stack, Text, Title } from '@mantine/core';
import type { Scope } from '@muster/common/actor';
import {
  createRootRoute,
  type ErrorComponentProps,
  notFound,
  Outlet,
  redirect,
  useRouter,
} from '@tanstack/react-router';
import { useCallback, useEffect } from 'react';
import { Failure, OfflineNotice } from '../design/answers.tsx';
import { ConfirmProvider } from '../design/confirm.tsx';
import { TextLink } from '../design/links.tsx';
import { loadMessages, useText } from '../messages/index.ts';
import { useLive } from './live.ts';
import { Notices } from './notify.tsx';
import { isUnreachable, queryClient, whenSignedOut } from './queries.ts';
import { may, renewSession, sessionQuery } from './session.ts';

export const rootRoute = createRootRoute({
  beforeLoad: async () => {
    await Promise.all([loadMessages('common'), queryClient.ensureQueryData(sessionQuery)]);
  },
  component: Root,
  errorComponent: Broken,
  notFoundComponent: NotFound,
});

function Root() {
  useLive();
  useSignedOut();
  const text = useText('common');
  return (
    <ConfirmProvider>
      <a className="skip" href="#content">
        {text.skipToContent}
      </a>
      <OfflineNotice />
      <Outlet />
      <Notices />
    </ConfirmProvider>
  );
}

/** A session that ended elsewhere, or by itself, leads to log in, and from there back to the page. */
function useSignedOut(): void {
  const router = useRouter();
  useEffect(() => {
    let leaving = false;
    whenSignedOut.act = async () => {
      const { href, pathname } = router.state.location;
      if (leaving || pathname === '/login') return;
      leaving = true;
      try {
        // First away from pages that are only for who is signed in.
        await router.navigate({ to: '/login', search: { to: href } });
        await renewSession();
      } finally {
        leaving = false;
      }
    };
  }, [router]);
}

/**
 * A guard of routes, to stand in `beforeLoad`: visitors go to log in and come back; who lacks the scope finds nothing there.
 *
 * @param scope what the page needs; being signed in is enough when absent
 */
export function only(scope?: Scope) {
  return async ({ location }: { location: { href: string } }) => {
    const session = await queryClient.ensureQueryData(sessionQuery);
    if (!session.me) throw redirect({ to: '/login', search: { to: location.href } });
    if (scope && !may(session, scope)) throw notFound();
  };
}

export function NotFound() {
  const text = useText('common');
  useEffect(() => {
    document.title = `${text.errors.notFoundTitle} · ${text.product}`;
  }, [text]);
  return (
    <Container size="xs" py="xl" id="content">
      <Stack align="flex-start">
        <Title order={1}>{text.errors.notFoundTitle}</Title>
        <Text>{text.errors.notFound}</Text>
        <TextLink to="/">{text.errors.goHome}</TextLink>
      </Stack>
    </Container>
  );
}

/** How often a page that could not be reached is tried again. */
const retryMs = 3_000;

/** A page that failed. One that could not be reached comes back by itself. */
export function Broken({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const lost = isLostChunk(error);
  const retry = useCallback(() => {
    if (lost) return void reloadOnceReachable();
    reset();
    void router.invalidate();
  }, [lost, reset, router]);
  const unreachable = lost || isUnreachable(error);
  useEffect(() => {
    if (!unreachable) return;
    const timer = setInterval(retry, retryMs);
    return () => clearInterval(timer);
  }, [unreachable, retry]);
  return (
    <Container size="sm" py="xl" id="content">
      <Failure error={error instanceof Error ? error : new Error(String(error))} retry={retry} />
    </Container>
  );
}

/** `lazy` remembers what failed, and after an upgrade the old part is gone for good: only the page loaded anew has the new ones. */
async function reloadOnceReachable(): Promise<void> {
  const answered = await fetch('/', { method: 'HEAD' }).catch(() => undefined);
  if (answered?.ok) window.location.reload();
}

/** A part of the application itself could not be loaded. */
function isLostChunk(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|module script/i.test(error.message);
}
