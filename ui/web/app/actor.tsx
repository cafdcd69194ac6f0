/** Whoever did something, as timelines, audits and the price book name them. */
import { useCallback } from 'react';
import { Id } from '../design/values.tsx';
import { useText } from '../messages/index.ts';
import { useMe } from './session.ts';

/** Names an actor by their id: oneself, a part of the platform, somebody who was not signed in; anybody else stays an id. */
export function useActorName(): (id: string) => string {
  const text = useText('common').actors;
  const me = useMe().person?.id;
  return useCallback(
    (id) => {
      if (id === me) return text.you;
      if (id === 'visitor') return text.visitor;
      return id.startsWith('system:') ? text.platform(id.slice('system:'.length)) : id;
    },
    [text, me],
  );
}

export function Actor({ id }: { id: string }) {
  const name = useActorName()(id);
  return name === id ? <Id id={id} short /> : name;
}
