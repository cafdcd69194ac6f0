/** Whoever did something, as timelines name them. */
import { useMe } from '../../../app/session.ts';
import { Id } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';

/** Who did it: oneself, a part of the platform, or somebody by their id. */
export function Actor({ id }: { id: string }) {
  const text = useText('console').cluster.timeline;
  const { person } = useMe();
  if (id === person?.id) return <>{text.you}</>;
  if (id.startsWith('system:')) return <>{text.platform(id.slice('system:'.length))}</>;
  return <Id id={id} short />;
}
