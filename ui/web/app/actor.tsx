/** Whoever did something, as timelines, audits and the price book name them. */

import { Id } from '../design/values.tsx';
import { useText } from '../messages/index.ts';
import { useMe } from './session.ts';

/** Who did it: oneself, a part of the platform, somebody who was not signed in, or somebody by their id. */
export function Actor({ id }: { id: string }) {
  const text = useText('common').actors;
  const { person } = useMe();
  if (id === person?.id) return <>{text.you}</>;
  if (id === 'visitor') return <>{text.visitor}</>;
  if (id.startsWith('system:')) return <>{text.platform(id.slice('system:'.length))}</>;
  return <Id id={id} short />;
}
